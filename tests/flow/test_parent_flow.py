"""The parent flow, from a request to a build that is imported and tagged, or to a failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import koji
import pytest
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.errors import ArchesFailed, OutputRefused

from .builder_side import BASH, Happening, Script

if TYPE_CHECKING:
    from .world import World

BROKEN = Script(
    steps={"install packages": Happening(1, log="nothing provides libfoo.so.1 needed by hello\n")}
)
BOTH = ("x86_64", "aarch64")


def test_one_arch_becomes_a_tagged_build(world: World) -> None:
    answer = world.build("x86_64")

    build = world.the_build()
    assert (build.nvr, build.state) == ("demo-1.0-1", BUILD_STATES["COMPLETE"])
    assert build.source.endswith(f"#{0:040}")
    assert set(build.archives) == {
        "demo-1.0.x86_64.qcow2",
        "demo-1.0.x86_64.qcow2.spdx.json",
        "demo-1.0-1.x86_64.fake.json",
        "demo-1.0-1.x86_64.image-build.json",
        "demo-1.0-1.image-build.json",
    }
    assert world.hub.tagged == ["demo-1.0-1"]
    assert answer == f"image build results in: {world.hub.build_folder(build)}/images"


def test_two_arches_are_one_build(world: World) -> None:
    world.build(*BOTH)

    build = world.the_build()
    assert {"demo-1.0.x86_64.qcow2", "demo-1.0.aarch64.qcow2"} < set(build.archives)
    assert list(world.children()) == list(BOTH)
    logs = world.hub.build_folder(build) / "data/logs/image"
    assert {path.name for path in (logs / "noarch").iterdir()} == {
        "summary.log",
        "import-started.log",
    }
    assert {path.name for path in (logs / "aarch64").iterdir()} == {
        "root.log",
        "05-probe.log",
        "20-install.log",
        "30-create.log",
    }


def test_no_arches_means_those_of_the_build_tag(world: World) -> None:
    world.build()

    assert list(world.children()) == list(BOTH)


def test_the_source_is_checked_out_once_and_pinned_for_all(world: World) -> None:
    world.build(*BOTH)

    pinned = f"git+http://127.0.0.1/scm/demo#{0:040}"
    assert world.sources.fetched == ["git+http://127.0.0.1/scm/demo#main", pinned, pinned]
    assert {task.arguments[6] for task in world.children().values()} == {pinned}


def test_scratch_opens_no_build_and_asks_for_no_listed_package(world: World) -> None:
    world.hub.packages.clear()

    answer = world.build(*BOTH, scratch=True)

    assert not world.hub.builds
    assert not world.hub.tagged
    assert answer == "Scratch image build results in: task 101 (x86_64), task 102 (aarch64)"
    assert (world.hub.top / "scratch/task_101/demo-1.0.x86_64.qcow2").read_text()
    assert (world.hub.top / "scratch/task_102/30-create.log").read_text()


def test_scratch_takes_the_next_release_but_does_not_need_one(world: World) -> None:
    other = world.hub.make_task("imageBuildLocal", [])
    world.hub.init_image_build(other, "demo", "1.0", "RC1", "")

    world.build("x86_64", scratch=True)

    assert world.children()["x86_64"].arguments[:4] == ["demo", "1.0", "1", "x86_64"]


def test_an_optional_arch_may_fail(world: World) -> None:
    world.scripts["aarch64"] = [BROKEN]

    world.build(*BOTH, optional_arches=["aarch64"])

    build = world.the_build()
    assert build.state == BUILD_STATES["COMPLETE"]
    assert "demo-1.0.aarch64.qcow2" not in build.archives
    summary = world.text(world.parent, "summary.log")
    assert "failed (optional)" in summary
    assert "nothing provides libfoo.so.1" in summary


def test_arches_may_be_called_by_any_of_their_names(world: World) -> None:
    world.scripts["x86_64"] = [BROKEN]

    world.build("ia32e", "aarch64", optional_arches=["ia32e"])

    assert list(world.children()) == list(BOTH)
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_when_every_arch_fails_optional_ones_do_not_save_the_build(world: World) -> None:
    world.scripts = {"x86_64": [BROKEN], "aarch64": [BROKEN]}

    with pytest.raises(ArchesFailed, match=r"2 of 2 arches"):
        world.build(*BOTH, optional_arches=list(BOTH))

    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert world.hub.imports == []


def test_an_arch_that_fails_lets_its_sibling_finish(world: World) -> None:
    world.scripts["x86_64"] = [BROKEN]

    with pytest.raises(ArchesFailed) as caught:
        world.build(*BOTH)

    states = {arch: task.state for arch, task in world.children().items()}
    assert states == {"x86_64": TASK_STATES["FAILED"], "aarch64": TASK_STATES["CLOSED"]}
    assert "demo-1.0.aarch64.qcow2" in world.uploaded(world.children()["aarch64"].id)
    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert caught.value.what == "fake build of demo-1.0-1 failed (1 of 2 arches)"
    assert caught.value.lines[0].startswith("x86_64 (task 101): Failed in 'install packages'")
    assert any("nothing provides libfoo.so.1" in line for line in caught.value.lines)


def test_fail_fast_cancels_what_still_runs(world: World) -> None:
    world.scripts["x86_64"] = [BROKEN]

    with pytest.raises(ArchesFailed, match="2 of 2 arches"):
        world.build(*BOTH, fail_fast=True)

    assert world.children()["aarch64"].state == TASK_STATES["CANCELED"]
    assert "aarch64" not in world.roots
    assert "canceled: another arch failed" in world.text(world.parent, "summary.log")


def test_fail_fast_does_not_mind_an_optional_arch(world: World) -> None:
    world.scripts["x86_64"] = [BROKEN]

    world.build(*BOTH, fail_fast=True, optional_arches=["x86_64"])

    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_the_parents_document_tells_how_every_arch_ended(world: World) -> None:
    world.scripts["aarch64"] = [BROKEN]

    with pytest.raises(ArchesFailed):
        world.build(*BOTH)

    document = json.loads(world.text(world.parent, "demo-1.0-1.image-build.json"))
    assert document["source"].endswith(f"#{0:040}")
    assert document["arches"]["x86_64"]["host"] == "builder-0"
    assert "libfoo.so.1" in document["arches"]["aarch64"]["failure"]


def test_a_given_release_is_taken_and_only_once(world: World) -> None:
    world.build("x86_64", release="7.el9")
    assert world.the_build().nvr == "demo-1.0-7.el9"

    world.parent = world.hub.make_task("imageBuildLocal", [])
    with pytest.raises(koji.GenericError, match="Build already exists"):
        world.build("x86_64", release="7.el9")
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_releases_count_on(world: World) -> None:
    world.build("x86_64")
    world.parent = world.hub.make_task("imageBuildLocal", [])
    world.build("x86_64")

    assert world.hub.tagged == ["demo-1.0-1", "demo-1.0-2"]


def test_skip_tag(world: World) -> None:
    world.hub.packages.clear()

    world.build("x86_64", skip_tag=True)

    assert world.the_build().state == BUILD_STATES["COMPLETE"]
    assert not world.hub.tagged


def test_repository_options_reach_the_arches(world: World) -> None:
    world.build("x86_64", repo_id=4711)

    repo = world.children()["x86_64"].arguments[5]
    assert repo == {"id": 4711, "create_event": 1284, "tag_name": "demo-build"}


def test_an_older_plugins_result_is_refused_when_it_cannot_be_right(world: World) -> None:
    world.old_builders = ("aarch64",)

    with pytest.raises(OutputRefused, match="aarch64 was built by an older plugin"):
        world.build(*BOTH)

    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert world.hub.imports == []


def test_an_older_plugins_result_is_taken_where_it_says_enough(world: World) -> None:
    world.old_builders = ("aarch64",)
    world.strict = False

    world.build(*BOTH)

    assert "demo-1.0.aarch64.qcow2" in world.the_build().archives


def test_an_external_rpm_is_imported_with_its_repository(world: World) -> None:
    world.sources.commit(rpms=[BASH, {**BASH, "name": "hello", "sigmd5": "bb" * 16}])
    world.hub.external["hello-5-1.noarch"] = "fedora"

    world.build("x86_64")

    assert world.the_build().state == BUILD_STATES["COMPLETE"]

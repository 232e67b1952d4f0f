"""When the release of a rebuild stays and when not; and rebuilds that are killed."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import koji
import pytest
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.errors import ArchesFailed, PreflightError, RequestError

from .builder_side import BASH
from .line import Line
from .rebuilds import BOTH, BROKEN, document, failed, summary
from .world import World

if TYPE_CHECKING:
    from pathlib import Path


def test_a_complete_build_gets_a_new_release_and_is_compared(world: World) -> None:
    world.build(*BOTH)

    world.rebuild()

    first, second = world.hub.builds.values()
    assert (first.nvr, second.nvr) == ("demo-1.0-1", "demo-1.0-2")
    assert {row.state for row in (first, second)} == {BUILD_STATES["COMPLETE"]}
    assert set(world.children()) == set(BOTH)
    assert "all is built anew: demo-1.0-1 is COMPLETE" in summary(world)
    assert summary(world).count("same packages (1); same bits") == 2


def test_differences_are_said(world: World) -> None:
    """The same commit and repository, and yet another package: a script downloaded it, say."""
    failed(world)
    other = {**BASH, "name": "zsh", "sigmd5": "bb" * 16}
    world.hub.rpms["zsh-5-1.noarch"] = "bb" * 16
    world.sources.commits[0] = {**world.sources.commits[0], "rpms": [other]}

    world.rebuild("x86_64")

    assert "gone: bash-5-1.noarch; new: zsh-5-1.noarch" in summary(world)
    assert document(world)["arches"]["x86_64"]["compared"]["same_packages"] is False


def test_a_scratch_build_becomes_another_one(world: World) -> None:
    failed(world, scratch=True)

    world.rebuild()

    assert set(world.children()) == set(BOTH)
    assert world.hub.moved_to_scratch == [str(world.parent)]
    assert not world.hub.builds


def test_a_scratch_rebuild_is_of_the_named_arches_only(world: World) -> None:
    failed(world)

    world.rebuild("aarch64", scratch=True)

    assert set(world.children()) == {"aarch64"}
    assert world.the_build().state == BUILD_STATES["FAILED"]


def test_after_an_import_that_broke_nothing_is_reused(world: World) -> None:
    world.hub.breaks = True
    with pytest.raises(koji.GenericError):
        world.build(*BOTH)
    world.hub.breaks = False

    world.rebuild()

    assert set(world.children()) == set(BOTH)
    assert "its import had begun, and may have lost files" in summary(world)
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_a_release_that_is_taken_meanwhile_is_not_taken_away(world: World) -> None:
    origin = failed(world)
    world.parent = world.hub.make_task("imageBuildLocal", [])
    world.build(*BOTH)
    by = world.parent
    world.parent = origin

    world.rebuild()

    assert f"demo-1.0-1 belongs to task {by} by now" in summary(world)
    assert [row.nvr for row in world.hub.builds.values()] == ["demo-1.0-1", "demo-1.0-2"]


def test_another_release_can_be_asked_for(world: World) -> None:
    failed(world)

    world.rebuild(release="7")

    assert [row.nvr for row in world.hub.builds.values()] == ["demo-1.0-1", "demo-1.0-7"]
    assert set(world.children()) == set(BOTH)


def test_a_source_that_has_another_version_by_now(world: World) -> None:
    """Koji's own plugin pins no commit."""
    failed(world)
    world.sources.commits[0] = {**world.sources.commits[0], "version": "2.0"}
    with pytest.raises(RequestError, match=r"demo-1.0-1 was built, but its source is called"):
        world.rebuild()

    world.rebuild(all=True)

    assert [row.nvr for row in world.hub.builds.values()] == ["demo-1.0-1", "demo-2.0-1"]
    assert "all is built anew: demo-1.0-1 was built, but" in summary(world)


def test_a_release_that_was_never_taken_is_asked_for_again(world: World) -> None:
    world.hub.groups.clear()
    with pytest.raises(PreflightError):
        world.build(*BOTH, release="7")
    world.hub.groups.add("fake-build")

    world.rebuild()

    assert world.the_build().nvr == "demo-1.0-7"
    assert "has opened no build" in summary(world)


def test_a_rebuild_that_failed_is_rebuilt_out_of_both(world: World) -> None:
    failed(world)
    kept = world.children()["x86_64"].id
    world.scripts["aarch64"] = [BROKEN]
    with pytest.raises(ArchesFailed):
        world.rebuild()
    world.scripts.clear()

    world.rebuild()

    assert set(world.children()) == {"aarch64"}
    assert f"x86_64   task {kept}    reused" in summary(world)
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_a_rebuild_that_opened_no_build_is_rebuilt_as_if_it_was_the_first(world: World) -> None:
    failed(world)
    world.hub.deleted_repos.add(7)
    with pytest.raises(PreflightError):
        world.rebuild()
    world.hub.deleted_repos.clear()

    world.rebuild()

    assert set(world.children()) == {"aarch64"}
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_arches_that_all_succeeded_need_only_the_import(world: World) -> None:
    """The parent was canceled when all arches had ended."""
    assert world.killed_at(*BOTH, line=Line(dies_before="missing_files"))
    world.hub.tasks[world.parent].state = TASK_STATES["CANCELED"]
    world.the_build().state = BUILD_STATES["CANCELED"]

    world.rebuild()

    assert world.children() == {}
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_what_an_older_plugin_built_is_built_again(world: World) -> None:
    world.strict = False
    world.old_builders = ("x86_64",)
    failed(world)
    world.old_builders = ()

    world.rebuild()

    assert set(world.children()) == set(BOTH)
    assert "built again: built by an older plugin, which keeps no digests" in summary(world)


def test_a_repository_that_is_gone_stops_it_unless_a_fresh_one_is_wanted(world: World) -> None:
    failed(world)
    world.hub.deleted_repos.add(7)
    world.hub.repo_id = 8
    with pytest.raises(PreflightError, match="Repository 7 is gone"):
        world.rebuild()

    world.rebuild(fresh_repo=True)

    assert world.children()["aarch64"].arguments[5]["id"] == 8  # type: ignore[call-overload, index]


def killed_rebuild(top: Path, number: int) -> tuple[World, bool]:
    world = World(top)
    failed(world)
    try:
        world.rebuild(line=Line(dies_after=number))
    except BaseException as problem:
        if type(problem).__name__ != "Killed":
            raise
        return world, True
    return world, False


def test_a_rebuild_killed_at_any_call_to_the_hub(tmp_path: Path) -> None:
    for number in count(1):
        world, killed = killed_rebuild(tmp_path / str(number), number)
        if not killed:
            break
        world.sources.commit(rpms=[])
        world.hub.repo_id += 1
        world.run()
        build = world.the_build()
        assert (build.nvr, build.state) == ("demo-1.0-1", BUILD_STATES["COMPLETE"])
        assert set(world.children()) == {"aarch64"}
        assert world.hub.imports == ["done"]
        assert world.hub.tagged == [build.nvr]
        for name in build.archives:
            assert (world.hub.build_folder(build) / "images" / name).is_file()
    assert number > 20

"""The arch flow when it goes well: what is uploaded, answered and recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.tools.layout import WORK, Layout

from .builder_side import BASH, Happening, Script
from .fake_tool import STEPS
from .one_arch import Arch

if TYPE_CHECKING:
    from .world import World

STRANGER = {**BASH, "name": "stranger"}


def test_what_the_hub_and_pungi_read(world: World) -> None:
    arch = Arch(world)

    result = arch.run()

    wire = result.to_wire()
    assert (wire["arch"], wire["task_id"]) == ("x86_64", arch.task)
    assert (wire["name"], wire["version"], wire["release"]) == ("demo", "1.0", "1")
    assert result.logs == ("05-probe.log", "20-install.log", "30-create.log", "root.log")
    assert [rpm["name"] for rpm in result.rpmlist] == ["bash"]
    assert result.rpmlist[0]["payloadhash"] == "aa" * 16
    assert result.images == 1
    assert set(result.files) | set(result.logs) <= arch.uploaded
    assert arch.released == [1]


def test_every_file_is_on_the_hub_with_the_sum_that_is_told(world: World) -> None:
    arch = Arch(world)

    result = arch.run()

    assert tuple(each.name for each in result.sums) == result.files
    for each in result.sums:
        assert len(world.text(arch.task, each.name)) == each.size


def test_the_steps_are_timed_in_order(world: World) -> None:
    result = Arch(world).run()

    names = ["root", "source", "prepare", *STEPS, "verify", "documents", "upload"]
    assert [step for step, _ in result.steps] == names


def test_the_record_is_on_the_hub_before_the_tool_starts(world: World) -> None:
    arch = Arch(world, Script(steps={"install packages": Happening(1)}))

    arch.fails()

    assert "demo-1.0-1.x86_64.fake.json" in arch.uploaded


def test_the_document_of_a_success_and_of_a_failure(world: World) -> None:
    name = "demo-1.0-1.x86_64.image-build.json"
    arch = Arch(world)
    arch.run()
    whole = json.loads(world.text(arch.task, name))
    assert whole["used"]["tool_version"] == "fake 1.0"
    assert whole["used"]["buildroot"] == 500
    assert [file["kind"] for file in whole["files"]] == ["image", "sidecar", "sidecar"]
    assert "failure" not in whole

    broken = Arch(world, Script(steps={"create image": Happening(1, log="no\n")}))
    broken.fails()
    kept = json.loads(world.text(broken.task, name))
    assert kept["failure"].startswith("Failed in 'create image'")
    assert kept["steps"][-1]["step"] == "create image"
    assert [file["name"] for file in kept["files"]] == ["demo-1.0-1.x86_64.fake.json"]


def test_a_preliminary_call_sees_the_checkout_in_the_build_root(world: World) -> None:
    world.sources.commit(prepared_first=True)
    arch = Arch(world)

    result = arch.run()

    (call,) = [each for each in arch.roots.opened[0].ran if each.step == "make prep"]
    assert call.argv == ("make", "/builddir/image-build/source/checkout")
    assert result.logs[1] == "10-make-prep.log"


def test_all_commands_share_the_time(world: World) -> None:
    arch = Arch(world)
    arch.run()

    (root,) = arch.roots.opened
    assert all(3590 <= limit <= 3600 for limit in root.limits)
    assert root.limits == sorted(root.limits, reverse=True)


def test_the_build_root_is_entered_twice(world: World) -> None:
    """Each time is a call of mock, a second or two."""
    arch = Arch(world)
    arch.run()

    (root,) = arch.roots.opened
    assert root.calls == [("look into the build root",), STEPS]


UNKNOWN = "stranger-5-1.noarch"


def test_an_unknown_rpm_fails_a_real_build(world: World) -> None:
    world.sources.commit(rpms=[BASH, STRANGER])

    failure = Arch(world).fails(retries=2)

    assert isinstance(failure, OutputRefused)
    assert failure.what.startswith("1 of 2 RPMs in the image are not known to Koji")
    assert failure.lines == (f"{UNKNOWN}  sigmd5 {'aa' * 16}",)


@pytest.mark.parametrize("options", [{"scratch": True}, {"allow_unknown_rpms": True}])
def test_an_unknown_rpm_is_recorded_where_it_may_be(world: World, options: dict[str, bool]) -> None:
    world.sources.commit(rpms=[BASH, STRANGER])
    arch = Arch(world, **options)

    result = arch.run()

    assert [rpm["name"] for rpm in result.rpmlist] == ["bash"]
    document = json.loads(world.text(arch.task, "demo-1.0-1.x86_64.image-build.json"))
    assert [rpm["nvra"] for rpm in document["rpms"] if "unknown_to_koji" in rpm] == [UNKNOWN]
    assert "stranger" in world.text(arch.task, "demo-1.0.x86_64.qcow2.spdx.json")


def test_an_rpm_of_another_build_of_the_same_name_is_unknown(world: World) -> None:
    world.sources.commit(rpms=[{**BASH, "sigmd5": "bb" * 16}])

    assert isinstance(Arch(world).fails(), OutputRefused)


def test_what_koji_has_is_there_before_the_tool_starts(world: World) -> None:
    world.sources.commit(downloads=["known-1.rpm", "other-1.rpm?word=1"])
    arch = Arch(world, Script(steps={"install packages": Happening(1)}))

    arch.fails()

    (root,) = arch.roots.opened
    store = Layout(root.path).on_builder(WORK / "store")
    assert [path.name for path in store.iterdir()] == ["known-1.rpm"]
    assert world.text(arch.task, "20-sources.log").splitlines() == [
        "1 of 2 files come from Koji, 1 from their addresses",
        "address  http://h/other-1.rpm",
        "koji     packages/known-1.rpm",
    ]

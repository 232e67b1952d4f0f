"""A rebuild: what is reused, what runs again, and what is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from koji import BUILD_STATES

from koji_imagebuild.errors import RequestError

from .rebuilds import BOTH, document, failed, summary

if TYPE_CHECKING:
    from .world import World


def test_only_what_failed_runs_again_into_the_same_release(world: World) -> None:
    origin = failed(world)
    kept = world.children()["x86_64"].id
    world.sources.commit(rpms=[])
    world.hub.repo_id += 1

    world.rebuild()

    build = world.the_build()
    assert (build.nvr, build.state) == ("demo-1.0-1", BUILD_STATES["COMPLETE"])
    assert build.task_id == world.parent != origin
    assert {"demo-1.0.x86_64.qcow2", "demo-1.0.aarch64.qcow2"} < set(build.archives)
    assert world.hub.tagged == ["demo-1.0-1"]
    (again,) = world.children().values()
    first = world.hub.tasks[kept].arguments
    assert (again.label, again.arguments[4:7]) == ("aarch64", first[4:7])
    assert again.arguments[-1] == first[-1]
    assert document(world)["arches"]["x86_64"]["task"] == kept


def test_the_summary_says_what_was_reused_and_why_not(world: World) -> None:
    origin = failed(world)
    kept = world.children()["x86_64"].id

    world.rebuild()

    _, head, x86_64, aarch64, why = summary(world).splitlines()
    assert head == f"rebuild of task {origin}: the release stays"
    assert x86_64.startswith(f"x86_64   task {kept}    reused   ")
    assert aarch64.startswith(f"aarch64  task {world.children()['aarch64'].id}    ok   ")
    assert why.strip() == "built again: failed in 'install packages'"
    found = document(world)
    assert found["rebuild"] == {"task": origin, "release_stays": True, "why": ""}
    assert found["asked"]["options"]["rebuild"] == {"task": origin}
    assert found["arches"]["x86_64"]["reused"] is True
    assert found["arches"]["aarch64"]["why_again"] == "failed in 'install packages'"


def test_every_reused_file_is_read(world: World) -> None:
    failed(world)
    files = world.uploaded(world.children()["x86_64"].id)

    world.rebuild()

    assert files - {"root.log", "05-probe.log", "20-install.log", "30-create.log"} <= set(
        world.shelf.opened
    )


@pytest.mark.parametrize("name", ["demo-1.0.x86_64.qcow2", "demo-1.0-1.x86_64.image-build.json"])
def test_an_arch_of_which_a_file_differs_is_built_again(world: World, name: str) -> None:
    failed(world)
    kept = world.children()["x86_64"].id
    (world.hub.folder(kept) / name).write_text("other bits\n")

    world.rebuild()

    assert set(world.children()) == set(BOTH)
    assert world.the_build().state == BUILD_STATES["COMPLETE"]
    assert f"built again: {name} of task {kept} is not what was built: it differs" in summary(world)


def test_an_arch_of_which_a_file_is_gone_is_built_again(world: World) -> None:
    failed(world)
    kept = world.children()["x86_64"].id
    (world.hub.folder(kept) / "demo-1.0.x86_64.qcow2").unlink()

    world.rebuild()

    assert f"built again: demo-1.0.x86_64.qcow2 of task {kept} is gone" in summary(world)


def test_named_arches_run_again_too_and_are_compared(world: World) -> None:
    failed(world)
    kept = world.children()["x86_64"].id

    world.rebuild("x86_64")

    assert set(world.children()) == set(BOTH)
    assert (
        "          built again: asked for\n"
        f"          compared with task {kept}: same packages (1); same bits\n"
    ) in summary(world)
    assert document(world)["arches"]["x86_64"]["compared"] == {
        "task": kept,
        "same_packages": True,
        "gone": [],
        "new": [],
        "rebuilt": [],
        "same_bits": True,
    }


def test_all_means_all(world: World) -> None:
    failed(world)

    world.rebuild(all=True)

    assert set(world.children()) == set(BOTH)
    assert world.the_build().nvr == "demo-1.0-1"


def test_an_arch_the_build_does_not_have(world: World) -> None:
    origin = failed(world)

    with pytest.raises(RequestError, match=f"Task {origin} is not for s390x"):
        world.rebuild("s390x")

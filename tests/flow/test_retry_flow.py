"""The builder's own failures are tried again: in place, then elsewhere; nobody else's are."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import koji
import pytest
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.errors import ArchesFailed, Infrastructure

from .builder_side import Happening, Script

if TYPE_CHECKING:
    from .world import World

WELL = Script()
NO_DISK = Script(fill=Infrastructure("The builder's disk is full"))


def attempts(world: World) -> int:
    return len(world.roots["x86_64"].opened)


def hosts(world: World) -> list[str]:
    """The builder of every arch task's desk, by what it says."""
    return [line for desk in world.desks[1:] for line in desk.said if "Trying again" in line]


def test_in_place_with_a_fresh_root(world: World) -> None:
    world.scripts["x86_64"] = [NO_DISK, WELL]

    world.build("x86_64")

    assert attempts(world) == 2
    assert [root.released for root in world.roots["x86_64"].opened] == [1, 1]
    assert [root.discarded for root in world.roots["x86_64"].opened] == [True, False]
    assert hosts(world) == ["Trying again in a fresh build root: The builder's disk is full"]
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_then_elsewhere_in_the_same_task(world: World) -> None:
    world.scripts["x86_64"] = [NO_DISK, NO_DISK, WELL]
    world.others = True

    world.build("x86_64")

    assert attempts(world) == 3
    assert len(world.children()) == 1
    assert "on builder-1" in world.text(world.parent, "summary.log")


def test_nowhere_else_it_stands(world: World) -> None:
    world.scripts["x86_64"] = [NO_DISK]

    with pytest.raises(ArchesFailed, match="disk is full"):
        world.build("x86_64")

    assert attempts(world) == 2
    # None keeps the disk full, and so the builder from taking tasks.
    assert [root.discarded for root in world.roots["x86_64"].opened] == [True, True]
    assert world.children()["x86_64"].state == TASK_STATES["FAILED"]


def test_elsewhere_it_stands_at_last(world: World) -> None:
    world.scripts["x86_64"] = [NO_DISK]
    world.others = True

    with pytest.raises(ArchesFailed, match="disk is full"):
        world.build("x86_64")

    assert attempts(world) == 3


@pytest.mark.parametrize(
    "what",
    [
        Script(opened=Infrastructure("No build root could be had")),
        Script(steps={"install packages": Happening(1, log="Curl error (7): no route\n")}),
        Script(
            steps={"install packages": Happening(1, log="No space left on device\n")},
            free_space=1 << 20,
        ),
        Script(steps={"create image": Happening(signal=9)}),
        Script(steps={"create image": Happening(1, log="no free loop device\n")}),
        Script(steps={"create image": Happening(raises=OSError(errno.EIO, "I/O error"))}),
        Script(steps={"create image": Happening(raises=ConnectionError("the hub is away"))}),
        Script(steps={"create image": Happening(raises=koji.ServerOffline("offline"))}),
    ],
)
def test_what_is_the_builders_fault(world: World, what: Script) -> None:
    world.scripts["x86_64"] = [what, WELL]
    if what.opened is not None:
        world.scripts["x86_64"] = [what]
        with pytest.raises(ArchesFailed):
            world.build("x86_64")
        assert hosts(world) == [f"Trying again in a fresh build root: {what.opened}"]
        return

    world.build("x86_64")

    assert attempts(world) == 2


@pytest.mark.parametrize(
    "what",
    [
        Script(steps={"install packages": Happening(1, log="nothing provides libfoo\n")}),
        Script(steps={"create image": Happening(1, log="No space left on device\n")}),
        Script(steps={"create image": Happening(1, log="a script said no\n")}),
        Script(steps={"create image": Happening(124, log="too slow\n")}),
        Script(steps={"create image": Happening(137, log="Killed\n")}),
        Script(fill=koji.BuildError("the group is empty")),
        Script(tool="no_tool=sh: 34: fake: not found"),
        Script(silent=True),
        Script(made=()),
    ],
)
def test_what_is_not(world: World, what: Script) -> None:
    world.scripts["x86_64"] = [what, WELL]
    world.others = True

    with pytest.raises(ArchesFailed):
        world.build("x86_64")

    assert attempts(world) == 1


def test_a_full_image_is_not_a_full_builder(world: World) -> None:
    full = {"create image": Happening(1, log="mkfs: No space left on device\n")}
    world.scripts["x86_64"] = [Script(steps=full)]

    with pytest.raises(ArchesFailed, match="the image itself is full"):
        world.build("x86_64")

"""What an import would be refused for is found before the hub is asked, so nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import koji
import pytest
from koji import BUILD_STATES

from koji_imagebuild.errors import OutputRefused

from .builder_side import BASH, Script
from .line import Line

if TYPE_CHECKING:
    from .world import World

BOTH = ("x86_64", "aarch64")


def two_of_one_name(world: World) -> None:
    world.scripts = {arch: [Script(made=("demo.qcow2",))] for arch in BOTH}


def an_admin_removes_the_file_type(world: World) -> None:
    def remove() -> None:
        if len(world.roots) == len(BOTH):
            world.hub.extensions = world.hub.extensions - {"qcow2"}

    world.meanwhile = remove


def a_file_is_lost(world: World) -> None:
    def lose() -> None:
        for path in world.hub.top.glob("work/*/demo-1.0.aarch64.qcow2"):
            path.unlink()

    world.meanwhile = lose


def an_old_builder(world: World, answer: dict[str, object]) -> None:
    world.strict, world.old_builders, world.old_answer = False, ("x86_64",), answer


def an_rpm_is_unknown(world: World) -> None:
    """Koji's own plugin sends what it finds in its cache, and never asks."""
    an_old_builder(world, {"rpmlist": [{**BASH, "name": "stranger"}]})


def an_arch_brings_nothing(world: World) -> None:
    an_old_builder(world, {"files": []})


@pytest.mark.parametrize(
    ("trick", "message"),
    [
        (two_of_one_name, r"Two arches brought a file called demo.qcow2"),
        (an_admin_removes_the_file_type, r"does not know the file type of demo-1.0.x86_64.qcow2"),
        (a_file_is_lost, r"The hub lost demo-1.0.aarch64.qcow2 of aarch64 \(task 102\)"),
        (an_rpm_is_unknown, r"Koji does not know these RPMs of the images: stranger"),
        (an_arch_brings_nothing, r"x86_64 \(task 101\) brought no files"),
    ],
)
def test_the_hub_is_not_asked(world: World, trick: Callable[[World], None], message: str) -> None:
    trick(world)

    with pytest.raises(OutputRefused, match=message):
        world.build(*BOTH)

    assert world.hub.imports == []
    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert "import-started.log" not in world.uploaded(world.parent)
    assert not list(world.hub.top.glob("packages/**/*"))
    assert not any(path.is_symlink() for path in world.hub.top.glob("work/*/*"))


def test_the_mark_is_there_before_the_hub_is_asked(world: World) -> None:
    line = Line(refuses={"complete_build": koji.GenericError("the database is read-only")})

    with pytest.raises(koji.BuildError) as told:
        world.build("x86_64", line=line)

    assert str(told.value) == (
        "The hub failed to import demo-1.0-1\n\n  the database is read-only\n\n"
        "Its log tells more. What was built cannot be imported again: build it anew"
    )
    assert world.text(world.parent, "import-started.log") == "importing demo-1.0-1\n"
    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert not world.hub.tagged


def test_a_build_that_cannot_be_tagged_is_there_all_the_same(world: World) -> None:
    line = Line(refuses={"tag_build": koji.GenericError("policy violation (tag): not today")})

    with pytest.raises(koji.BuildError) as told:
        world.build("x86_64", line=line)

    assert str(told.value) == (
        "demo-1.0-1 was built and imported, but not tagged into demo-candidate\n\n"
        "  policy violation (tag): not today\n\n"
        "koji tag-build demo-candidate demo-1.0-1"
    )
    assert world.the_build().state == BUILD_STATES["COMPLETE"]


def test_a_hub_that_cannot_even_fail_the_build_does_not_hide_why(world: World) -> None:
    world.scripts["x86_64"] = [Script(silent=True)]
    line = Line(refuses={"fail_build": koji.GenericError("cannot update build 1, state: CANCELED")})

    with pytest.raises(koji.BuildError, match="fake says nothing about what it made"):
        world.build("x86_64", line=line)

    assert world.desks[0].said[-1] == (
        "Could not fail demo-1.0-1: cannot update build 1, state: CANCELED"
    )

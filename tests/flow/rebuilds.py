"""Builds of the fake tool to be rebuilt, and what rebuilds say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.errors import ArchesFailed

from .builder_side import Happening, Script

if TYPE_CHECKING:
    from .world import World

BOTH = ("x86_64", "aarch64")
BROKEN = Script(
    steps={"install packages": Happening(1, log="nothing provides libfoo.so.1 needed by hello\n")}
)


def failed(world: World, *arches: str, **opts: object) -> int:
    """A build whose aarch64 failed; its task."""
    world.scripts["aarch64"] = [BROKEN]
    with pytest.raises(ArchesFailed):
        world.build(*(arches or BOTH), **opts)
    world.scripts.clear()
    world.roots.clear()
    return world.parent


def summary(world: World) -> str:
    return world.text(world.parent, "summary.log")


def document(world: World) -> dict[str, Any]:
    build = world.the_build()
    found: dict[str, Any] = json.loads(world.text(world.parent, f"{build.nvr}.image-build.json"))
    return found

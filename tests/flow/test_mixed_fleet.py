"""Builders with koji-image-builder are taken for what they can do, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from koji import BUILD_STATES

from koji_imagebuild.errors import OutputRefused

if TYPE_CHECKING:
    from .world import World

OTHER = "http://h/compose/$basearch/os"
BOOTC = {"ref": f"h.example/tools:1@sha256:{'1' * 64}"}


def build(world: World, **opts: Any) -> None:
    world.old_builders = ("x86_64",)
    world.hub.groups.add("image-builder-build")
    world.build_through(
        "imageBuilderBuild", "demo-target", ["x86_64"], ["generic-qcow2"], "demo", "1.0", opts
    )


@pytest.mark.parametrize(
    "opts",
    [
        {},
        {"scratch": True},
        {"blueprint": {"customizations": {"hostname": "x"}}, "distro": "fedora-44", "seed": 5},
        {"ostree": {"ref": "f/$arch/iot"}, "preview": False},
        {"repos": [OTHER], "failable_arches": ["x86_64"], "release": "5", "skip_tag": True},
        {"repos": [OTHER], "use_buildroot_repo": False},
        {"repo_id": 7, "use_buildroot_repo": True},
    ],
)
def test_what_koji_image_builder_can_do(world: World, opts: dict[str, Any]) -> None:
    build(world, **opts)

    assert world.hub.imports == ["done"] or world.hub.moved_to_scratch


@pytest.mark.parametrize(
    "opts",
    [
        {"image_size": "10 GiB"},
        {"registrations": "fedora"},
        {"extra_repos": [OTHER]},
        {"containers": ["h.example/tools:1"]},
        {"bootc": BOOTC},
        {"repos": [OTHER], "use_buildroot_repo": True},
    ],
)
def test_what_only_this_plugin_can_do(world: World, opts: dict[str, Any]) -> None:
    with pytest.raises(OutputRefused, match="x86_64 was built by an older plugin"):
        build(world, **opts)

    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert world.hub.imports == []

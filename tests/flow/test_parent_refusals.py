"""What a parent refuses before a build is open and a builder is busy."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import Infrastructure, OutputRefused, PreflightError, RequestError

if TYPE_CHECKING:
    from .world import World

BOTH = ("x86_64", "aarch64")


def refused_before_a_build_is_open(world: World) -> None:
    assert not world.hub.builds
    assert not world.children()


def test_a_release_the_hub_cannot_count_on_from(world: World) -> None:
    other = world.hub.make_task("imageBuildLocal", [])
    world.hub.init_image_build(other, "demo", "1.0", "43_Beta", "")

    with pytest.raises(PreflightError, match="cannot count on from release 43_Beta") as caught:
        world.build("x86_64")

    assert caught.value.repair == "Give --release; the last was 43_Beta"
    assert not world.children()
    assert len(world.hub.builds) == 1


def test_a_package_that_is_not_listed(world: World) -> None:
    world.hub.packages.clear()

    with pytest.raises(PreflightError, match="Package demo is not in the list"):
        world.build("x86_64")

    refused_before_a_build_is_open(world)


def test_a_file_type_the_hub_does_not_know_is_said_before_anything_is_opened(world: World) -> None:
    world.sources.commit(outputs=["demo-1.0.{arch}.vhdfixed.xz"])

    with pytest.raises(OutputRefused, match=r"demo-1.0.x86_64.vhdfixed.xz") as caught:
        world.build(*BOTH)

    assert "koji call addArchiveType 'vhdfixed.xz'" in caught.value.repair
    refused_before_a_build_is_open(world)


def test_a_scratch_build_may_have_files_of_any_type(world: World) -> None:
    world.sources.commit(outputs=["demo-1.0.{arch}.vhdfixed.xz"])

    world.build("x86_64", scratch=True)

    assert (world.hub.top / "scratch/task_101/demo-1.0.x86_64.vhdfixed.xz").is_file()


def test_a_build_tag_without_the_tools_group(world: World) -> None:
    world.hub.groups.remove("fake-build")

    with pytest.raises(PreflightError, match="has no group fake-build") as caught:
        world.build("x86_64", scratch=True)

    assert "koji add-group demo-build fake-build" in caught.value.repair
    refused_before_a_build_is_open(world)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "-rf"}, "the build's name: '-rf' is not a name"),
        ({"name": "a/b"}, "the build's name: 'a/b' is not a name"),
        ({"version": "1-0"}, "the build's version: '1-0' holds a hyphen"),
        ({"version": ""}, "the build's version: '' is not a version"),
    ],
)
def test_what_the_source_calls_itself_is_checked(
    world: World, changes: dict[str, str], message: str
) -> None:
    world.sources.commit(**changes)

    with pytest.raises(RequestError, match=message):
        world.build("x86_64")

    refused_before_a_build_is_open(world)


def test_a_source_that_calls_itself_differently_on_every_arch(world: World) -> None:
    world.sources.commit(version="1.{arch}")

    with pytest.raises(PreflightError, match=r"demo 1.aarch64, demo 1.x86_64"):
        world.build(*BOTH)

    refused_before_a_build_is_open(world)


def test_an_arch_the_build_tag_does_not_have(world: World) -> None:
    with pytest.raises(RequestError, match="has no arch s390x; it has x86_64 aarch64"):
        world.build("x86_64", "s390x")

    refused_before_a_build_is_open(world)


def test_a_disk_that_is_full_before_anything_is_opened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(world.sources, "fetch", full)

    with pytest.raises(Infrastructure, match="disk is full"):
        world.build("x86_64")

    refused_before_a_build_is_open(world)

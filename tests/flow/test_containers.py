"""Container images are pinned once by the parent; each arch fetches them, and OSTree commits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.model.container import Container
from koji_imagebuild.tools.layout import WORK

from .builder_side import Script, out_of_order
from .line import Line
from .one_arch import Arch

if TYPE_CHECKING:
    from .world import World

ASKED = "h.example/tools:1"
FIRST = "sha256:" + "1".rjust(64, "0")


def document(world: World, arch: str) -> dict[str, Any]:
    task = world.children()[arch].id
    (name,) = (name for name in world.uploaded(task) if name.endswith("image-build.json"))
    found: dict[str, Any] = json.loads(world.text(task, name))
    return found


def test_all_arches_build_with_what_the_parent_pinned(world: World) -> None:
    world.meanwhile = lambda: setattr(world.registry, "pushes", world.registry.pushes + 1)

    world.build(containers=[ASKED])

    assert world.registry.pinned == [ASKED]
    assert world.registry.fetched == ["x86_64 1", "aarch64 1"]
    for arch, task in world.children().items():
        assert task.arguments[-1]["containers"] == [f"{ASKED}@{FIRST}"]
        (fetched,) = document(world, arch)["used"]["containers"]
        assert (fetched["reference"], fetched["digest"]) == (ASKED, FIRST)
        root = world.roots[arch].opened[0].path / WORK.relative_to("/")
        assert (root / "containers/0.tar").read_text() == f"{ASKED}@{FIRST} {arch}"


def test_a_build_without_containers_asks_no_registry(world: World) -> None:
    world.build()

    assert (world.registry.pinned, world.registry.fetched) == ([], [])
    assert "containers" not in document(world, "x86_64")["used"]


def test_an_image_that_is_not_there_is_refused_before_there_is_a_build(world: World) -> None:
    with pytest.raises(koji.ParameterError, match="There is no container image"):
        world.build(containers=[ASKED, "h.example/none"])

    assert world.hub.builds == {}
    assert world.children() == {}


def test_an_image_must_be_there_for_the_arches_that_have_to_succeed(world: World) -> None:
    world.registry.arches = ("x86_64",)

    with pytest.raises(koji.ParameterError, match="not there for aarch64"):
        world.build(containers=[ASKED])


def test_an_arch_that_may_fail_does_not_need_the_image(world: World) -> None:
    world.registry.arches = ("x86_64",)

    world.build("x86_64", "aarch64", containers=[ASKED], optional_arches=["aarch64"])


def test_two_of_one_name_are_refused(world: World) -> None:
    with pytest.raises(koji.ParameterError, match="two of them have the same name and tag"):
        world.build(containers=[ASKED, f"{ASKED}@{FIRST}"])


def test_a_second_run_keeps_the_pins(world: World) -> None:
    assert world.killed_at(line=Line(dies_before="spawn aarch64"), containers=[ASKED])
    world.registry.pushes = 2

    world.build(containers=[ASKED])

    assert world.registry.pinned == [ASKED]
    assert world.registry.fetched == ["x86_64 1", "aarch64 1"]


def test_a_registry_out_of_order_is_tried_again(world: World) -> None:
    arch = Arch(world, Script(), Script(), containers=(Container("h.example/tools", "1", FIRST),))
    world.registry.problem = out_of_order()

    problem = arch.fails(retries=1)

    assert isinstance(problem, Infrastructure)
    assert len(arch.roots.opened) == 2
    assert arch.released == [1, 1]


def test_a_commit_is_fetched_by_each_arch(world: World) -> None:
    world.build(flavour="ostree:f/iot")

    for arch in ("x86_64", "aarch64"):
        root = world.roots[arch].opened[0].path / WORK.relative_to("/")
        assert (root / "ostree/config").read_text() == "f/iot"
        (fetched,) = document(world, arch)["used"]["ostree"]
        assert fetched == {"url": "http://h/repo", "ref": "f/iot", "commit": "c" * 64}


def test_build_roots_that_reach_repositories_fetch_it_themselves(world: World) -> None:
    world.commits = None

    world.build(flavour="ostree:f/iot")

    assert "ostree" not in document(world, "x86_64")["used"]

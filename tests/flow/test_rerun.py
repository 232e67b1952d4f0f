"""kojid frees stale tasks and runs them again: whatever an earlier run did is found, not redone."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import koji
import pytest
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.errors import ArchesFailed

from .builder_side import Happening, Script
from .line import Line
from .world import World

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("x86_64", "aarch64")
BROKEN = Script(steps={"create image": Happening(1, log="it is broken\n")})


def calls_of_one_run(top: Path, **opts: object) -> int:
    line = Line()
    World(top).build(*BOTH, line=line, **opts)
    return len(line.calls)


def the_world_moves_on(world: World) -> None:
    """While nobody works at the task, the branch and the repository of the build tag change."""
    world.sources.commit(rpms=[])
    world.hub.repo_id += 1


def check_all_arches_agree(world: World) -> str:
    """One child an arch, all of one commit, name, release and repository; that commit."""
    children = world.children()
    assert list(children) == list(BOTH)
    assert len(world.hub.children(world.parent)) in {2, 3}
    told = {str([*task.arguments[:3], *task.arguments[4:7]]) for task in children.values()}
    assert len(told) == 1
    return str(children["x86_64"].arguments[6])


def check_one_whole_build(world: World) -> None:
    build = world.the_build()
    assert build.state == BUILD_STATES["COMPLETE"]
    assert build.source == check_all_arches_agree(world)
    assert world.hub.imports == ["done"]
    assert world.hub.tagged == [build.nvr]
    assert world.hub.tasks[world.parent].state == TASK_STATES["CLOSED"]
    for name in build.archives:
        assert (world.hub.build_folder(build) / "images" / name).is_file()


def test_killed_at_any_call_to_the_hub(tmp_path: Path) -> None:
    total = calls_of_one_run(tmp_path / "whole")
    assert total > 20

    for number in range(1, total + 1):
        world = World(tmp_path / str(number))
        assert world.killed_at(*BOTH, line=Line(dies_after=number))
        the_world_moves_on(world)
        world.build(*BOTH)
        check_one_whole_build(world)


def test_killed_again_and_again_one_call_further_every_time(tmp_path: Path) -> None:
    world = World(tmp_path)

    for number in count(1):
        if not world.killed_at(*BOTH, line=Line(dies_after=number)):
            break
        the_world_moves_on(world)

    check_one_whole_build(world)


def test_a_scratch_build_killed_at_any_call(tmp_path: Path) -> None:
    total = calls_of_one_run(tmp_path / "whole", scratch=True)

    for number in range(1, total + 1):
        world = World(tmp_path / str(number))
        assert world.killed_at(*BOTH, line=Line(dies_after=number), scratch=True)
        the_world_moves_on(world)
        somebody_elses = world.hub.make_task("imageBuildLocal", [])
        world.hub.init_image_build(somebody_elses, "demo", "1.0", None, "")
        world.build(*BOTH, scratch=True)
        check_all_arches_agree(world)
        assert world.hub.moved_to_scratch == [str(world.parent)]
        assert {row.task_id for row in world.hub.builds.values()} == {somebody_elses}
        nvr = "-".join(map(str, world.children()["x86_64"].arguments[:3]))
        assert world.text(world.parent, "summary.log").startswith(f"{nvr} ")


def test_a_failing_build_killed_at_any_call_fails_all_the_same(tmp_path: Path) -> None:
    for number in count(1):
        world = World(tmp_path / str(number))
        world.scripts["aarch64"] = [BROKEN]
        try:
            killed = world.killed_at(*BOTH, line=Line(dies_after=number))
        except ArchesFailed:
            break
        assert killed
        with pytest.raises(ArchesFailed):
            world.build(*BOTH)
        check_all_arches_agree(world)
        assert world.the_build().state == BUILD_STATES["FAILED"]
        assert world.hub.imports == []
        assert world.children()["x86_64"].state == TASK_STATES["CLOSED"]


@pytest.mark.parametrize(
    "line", [Line(dies_before="fail_build"), Line(dies_after="fail_build")], ids=["before", "after"]
)
def test_killed_while_a_broken_import_is_reported(world: World, line: Line) -> None:
    """The files that were moved are lost, so no later run may take the rest for a build."""
    world.hub.breaks = True
    assert world.killed_at(*BOTH, line=line)
    assert world.hub.imports == ["started"]

    world.hub.breaks = False
    with pytest.raises(koji.GenericError):
        world.build(*BOTH)

    assert world.the_build().state == BUILD_STATES["FAILED"]
    assert not world.hub.tagged
    assert "done" not in world.hub.imports


def test_an_import_that_is_done_is_not_looked_at_again(world: World) -> None:
    assert world.killed_at(*BOTH, line=Line(dies_after="complete_build"))
    assert world.the_build().state == BUILD_STATES["COMPLETE"]
    fetched = list(world.sources.fetched)

    line = Line()
    world.build(*BOTH, line=line)

    assert not {"wait", "spawn x86_64", "knows_file_type", "complete_build"} & set(line.calls)
    # The first run's files on the hub are links into the build.
    assert not [call for call in line.calls if call.startswith("upload")]
    assert world.sources.fetched == fetched
    assert world.hub.tagged == ["demo-1.0-1"]


def test_an_own_build_is_not_refused_by_a_later_preflight(world: World) -> None:
    """What the hub said when the build was opened holds: its arches may have run for hours."""
    assert world.killed_at(*BOTH, line=Line(dies_after="open_build"))

    world.hub.groups.clear()
    world.build(*BOTH)

    check_one_whole_build(world)

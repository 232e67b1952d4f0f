"""Snapshots as lines, for terminals and for logs."""

from __future__ import annotations

from dataclasses import replace

from koji_imagebuild.cli.hub import Ending, TaskState
from koji_imagebuild.cli.watch import events, view
from koji_imagebuild.cli.watch.state import Row, Snapshot

from .fakes import START, arch_task, parent, result

DONE = Row(
    arch_task(42, "x86_64", TaskState.CLOSED, completed=START + 22),
    ending=Ending(result(42, "x86_64")),
)
RUNNING = Row(arch_task(43, "aarch64"), step="creating disk image")
FAILED = Row(
    arch_task(43, "aarch64", TaskState.FAILED, completed=START + 51), ending=Ending(error="no")
)
WAITING = Row(arch_task(44, "s390x", TaskState.FREE, host="", started=None), ending=None)


def shown(snapshot: Snapshot, *, silent: float = 0, width: int = 100) -> str:
    return "\n".join(view.render(snapshot, silent, view.Style(width))) + "\n"


def test_a_parent_alone() -> None:
    assert shown(Snapshot(START + 6, Row(parent()))) == (
        "  41 imageBuildLocal  builder  0:05  running\n"
    )


def test_arches_side_by_side() -> None:
    tree = Snapshot(START + 115, Row(parent()), (DONE, RUNNING, WAITING))
    assert shown(tree) == (
        "minidist-Disk-1.0.0-3  from descriptions@4a78eb5  repo 7 (event 1284)\n"
        "  x86_64   42 createKiwiImage  builder      0:19  done      1 image, 31.6 MB\n"
        "  aarch64  43 createKiwiImage  builder-arm  1:52  creating disk image\n"
        "  s390x    44 createKiwiImage                     waiting for a builder\n"
    )


def test_the_parent_is_back_when_its_arches_are_done() -> None:
    assert shown(Snapshot(START + 60, Row(parent()), (DONE, FAILED))) == (
        "minidist-Disk-1.0.0-3  from descriptions@4a78eb5  repo 7 (event 1284)\n"
        "  x86_64   42 createKiwiImage  builder      0:19  done      1 image, 31.6 MB\n"
        "  aarch64  43 createKiwiImage  builder-arm  0:48  failed\n"
        "           41 imageBuildLocal  builder      0:59  running\n"
    )


def test_a_narrow_terminal_cuts_and_says_so() -> None:
    lines = shown(Snapshot(START + 115, Row(parent()), (RUNNING,)), width=40).splitlines()
    assert [len(line) for line in lines] == [40, 40]
    assert all(line.endswith("…") for line in lines)


def test_a_silent_hub_is_said() -> None:
    tree = Snapshot(START + 6, Row(parent()))
    assert "the hub has not answered for 0:12, trying again\n" in shown(tree, silent=12)


def test_colours_paint_the_word_and_nothing_else() -> None:
    style = view.Style(100, colour=True)
    lines = view.render(Snapshot(START + 60, Row(parent()), (DONE, FAILED)), 0, style)
    assert lines[1].endswith("\033[32mdone\033[0m      1 image, 31.6 MB")
    assert lines[2].endswith("\033[31mfailed\033[0m")


def test_events_are_one_line_each() -> None:
    first = Snapshot(START, Row(parent(TaskState.FREE, host="", started=None)))
    second = Snapshot(START + 3, Row(parent()), (replace(RUNNING, step=""), WAITING))
    third = Snapshot(START + 9, Row(parent()), (RUNNING, WAITING))
    fourth = Snapshot(START + 60, Row(parent()), (FAILED, DONE))
    assert events.changes(None, first) == ("41 imageBuildLocal  waiting for a builder",)
    assert events.changes(first, second) == (
        "minidist-Disk-1.0.0-3  from descriptions@4a78eb5  repo 7 (event 1284)",
        "41 imageBuildLocal  running on builder",
        "aarch64  43 createKiwiImage  preparing the build root on builder-arm",
        "s390x  44 createKiwiImage  waiting for a builder",
    )
    assert events.changes(second, third) == ("aarch64  43 createKiwiImage  creating disk image",)
    assert events.changes(third, third) == ()
    assert events.changes(third, fourth) == (
        "aarch64  43 createKiwiImage  failed after 0:48",
        "x86_64  42 createKiwiImage  done after 0:19, 1 image, 31.6 MB",
    )

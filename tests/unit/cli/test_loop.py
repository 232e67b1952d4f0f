"""Watching to the end, on a clock that tests turn."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Callable

import pytest

from koji_imagebuild.cli.hub import Ending, TaskState
from koji_imagebuild.cli.watch.loop import LostSight, Pace, Watch
from koji_imagebuild.cli.watch.poll import Poller
from koji_imagebuild.cli.watch.screen import Lines, Nowhere, Terminal, choose
from koji_imagebuild.cli.watch.state import Row, Snapshot

from .fakes import START, FakeWatchHub, arch_task, parent


@dataclass
class Clock:
    """Sleeping turns it; what happens then is the test's."""

    now: float = START
    then: Callable[[float], None] = lambda _now: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.then(self.now - START)


@dataclass
class Seen:
    frames: list[tuple[float, float]] = field(default_factory=list)

    def show(self, snapshot: Snapshot, silent: float) -> None:
        self.frames.append((snapshot.now - START, silent))


def watch(hub: FakeWatchHub, clock: Clock, seen: Seen, patience: float = 60) -> Watch:
    pace = Pace(interval=3, patience=patience, clock=lambda: clock.now, sleep=clock.sleep)
    return Watch(Poller(hub, 41, lambda _line: None, START), seen, pace)


def test_durations_go_on_between_polls() -> None:
    hub, seen = FakeWatchHub(endings={41: Ending()}), Seen()

    def then(now: float) -> None:
        if now >= 4:
            hub.parent = parent(TaskState.CLOSED)

    end = watch(hub, Clock(then=then), seen).to_the_end()
    assert end.ended
    assert seen.frames == [(n, 0) for n in (0, 1, 2, 3, 3, 4, 5, 6, 6)]


def test_a_hub_that_restarts_is_waited_for() -> None:
    hub, seen = FakeWatchHub(endings={41: Ending()}), Seen()

    def then(now: float) -> None:
        hub.silent = 2 < now < 10
        if now >= 10:
            hub.parent = parent(TaskState.CLOSED)

    assert watch(hub, Clock(then=then), seen).to_the_end().ended
    assert (7, 7) in seen.frames
    assert seen.frames[-1] == (12, 0)


def test_patience_ends() -> None:
    hub, seen = FakeWatchHub(), Seen()

    def then(now: float) -> None:
        hub.silent = True

    with pytest.raises(LostSight, match=r"not answered for 1:03: connection refused"):
        watch(hub, Clock(then=then), seen).to_the_end()


def test_a_hub_that_is_silent_from_the_start() -> None:
    with pytest.raises(LostSight):
        watch(FakeWatchHub(silent=True), Clock(), Seen(), patience=5).to_the_end()


def test_lines_have_a_time() -> None:
    stream = io.StringIO()
    lines = Lines(stream)
    tree = Snapshot(START, Row(parent()))
    lines.show(tree, 0)
    lines.show(tree, 0)
    lines.show(tree, 3)
    lines.show(tree, 4)
    first, second = stream.getvalue().splitlines()
    assert first[2:3] + first[5:6] == "::"
    assert first[9:] == "41 imageBuildLocal  running on builder"
    assert second[9:] == "the hub does not answer, trying again"


def test_a_terminal_is_drawn_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    terminal = Terminal(stream)
    terminal.show(Snapshot(START + 6, Row(parent())), 0)
    terminal.show(Snapshot(START + 6, Row(parent())), 0)
    terminal.show(Snapshot(START + 7, Row(parent()), (Row(arch_task(42, "x86_64")),)), 0)
    clear = "\r\033[2K"
    assert stream.getvalue() == (
        f"{clear}  41 imageBuildLocal  builder  0:05  running\n\033[J"
        f"\033[1A{clear}minidist-Disk-1.0.0-3  from descriptions@4a78eb5  repo 7 (event 1284)\n"
        f"{clear}  x86_64  42 createKiwiImage  builder  0:04  preparing the build root\n\033[J"
    )


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_screen_fits_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose(_Tty(), quiet=False), Terminal)
    assert isinstance(choose(io.StringIO(), quiet=False), Lines)
    assert isinstance(choose(_Tty(), quiet=True), Nowhere)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose(_Tty(), quiet=False), Lines)

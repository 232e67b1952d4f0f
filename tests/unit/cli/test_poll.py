"""One poll of the hub becomes one snapshot."""

from __future__ import annotations

from dataclasses import replace

from koji_imagebuild.cli.hub import Ending, TaskState
from koji_imagebuild.cli.watch.poll import PART, Poller

from .fakes import START, FakeWatchHub, arch_task, parent, result


def step(line: str) -> str | None:
    return line.removeprefix("STEP ") if line.startswith("STEP ") else None


def test_the_step_is_the_last_that_a_whole_line_tells() -> None:
    hub = FakeWatchHub(kids=[arch_task(42, "x86_64")])
    poller = Poller(hub, 41, step, START)
    assert poller.poll(START).children[0].step == ""
    hub.logs[42] = b"STEP one\nnoise\rSTEP tw"
    assert poller.poll(START).children[0].step == "one"
    hub.logs[42] += b"o\n"
    assert poller.poll(START).children[0].step == "two"
    assert hub.reads == [(0, PART), (0, PART), (22, PART)]


def test_of_a_long_log_only_the_end_is_read() -> None:
    hub = FakeWatchHub(kids=[arch_task(42, "x86_64")])
    poller = Poller(hub, 41, step, START)
    hub.logs[42] = b"x\n" * PART + b"STEP far\nmore\n"
    poller.poll(START)
    assert poller.poll(START).children[0].step == "far"
    assert hub.reads == [(0, PART), (-PART, PART)]


def test_a_builder_that_takes_over_starts_a_new_log() -> None:
    hub = FakeWatchHub(kids=[arch_task(42, "x86_64")], logs={42: b"STEP one\n"})
    poller = Poller(hub, 41, step, START)
    poller.poll(START)
    hub.kids = [replace(hub.kids[0], host="other", started=START + 50)]
    hub.logs[42] = b"STEP two\n"
    assert poller.poll(START).children[0].step == "two"


def test_what_ended_is_asked_for_its_ending_once() -> None:
    ended = arch_task(42, "x86_64", TaskState.CLOSED, completed=START + 20)
    hub = FakeWatchHub(kids=[ended], endings={42: Ending(result(42, "x86_64"))})
    poller = Poller(hub, 41, step, START)
    for _ in range(2):
        assert poller.poll(START).children[0].result == result(42, "x86_64")
    assert hub.reads == []


def test_a_log_cannot_steer_the_terminal() -> None:
    hub = FakeWatchHub(kids=[arch_task(42, "x86_64")], logs={42: b"STEP \033[2Jone\n"})
    assert (
        Poller(hub, 41, step, START).poll(START).children[0].step
        == "\N{REPLACEMENT CHARACTER}[2Jone"
    )


def test_time_is_the_hubs() -> None:
    poller = Poller(FakeWatchHub(parent=parent(created=START)), 41, step, START + 1000)
    assert poller.poll(START + 1030).now == START + 30

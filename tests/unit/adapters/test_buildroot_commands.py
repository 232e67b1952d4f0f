"""Commands in a kojid build root: what is printed, how they end, what mock is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools.base import Command

from .kojid_root import kojids

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.adapters.buildroot import KojidRoot
    from koji_imagebuild.pipeline.ports import Ran


def shell(script: str, log: str = "20-step.log") -> Command:
    return Command("step", ("sh", "-c", script), log)


def run(root: KojidRoot, command: Command, seconds: int = 60) -> Ran:
    (ran,) = root.run((command,), seconds)
    return ran


def test_a_command_and_its_part_of_mocks_output(root: KojidRoot, tmp_path: Path) -> None:
    first = run(root, shell("echo one; echo two >&2"))
    assert (first.status, first.signal, first.log.read_text()) == (0, 0, "one\ntwo\n")

    second = run(root, shell("echo three; exit 3", "21-next.log"))

    assert (second.status, second.signal) == (3, 0)
    assert second.log == tmp_path / "workdir" / "21-next.log"
    assert second.log.read_text() == "three\n"
    assert first.log.read_text() == "one\ntwo\n"


def test_a_command_is_limited_inside_the_build_root(root: KojidRoot) -> None:
    run(root, shell("true"), 90)

    assert kojids(root).words == [
        *("--chroot", "--", "/bin/sh", "-c", 'exec "$@" 3>&2 2>&1', "-"),
        *("timeout", "--signal=INT", "--kill-after=60", "90"),
        *("sh", "-c", "true"),
    ]


def test_words_of_a_command_are_no_options_of_mock(root: KojidRoot) -> None:
    run(root, Command("step", ("echo", "--new-chroot", "a b"), "20-step.log"))

    assert kojids(root).words[-3:] == ["echo", "--new-chroot", "a b"]


def test_time_is_over(root: KojidRoot) -> None:
    assert run(root, shell("sleep 60"), 1).status == 124


def test_mock_was_killed(root: KojidRoot) -> None:
    ran = run(root, shell("kill -9 $PPID"))

    assert (ran.status, ran.signal) == (137, 9)


def test_a_tool_that_was_killed_is_not_mock(root: KojidRoot) -> None:
    ran = run(root, shell("sh -c 'kill -9 $$'; exit 137"))

    assert (ran.status, ran.signal) == (137, 0)


def test_several_commands_in_one_call_of_mock(root: KojidRoot, tmp_path: Path) -> None:
    one = Command("one", ("sh", "-c", "echo 'a  b'; sleep 0.3"), "20-one.log")

    ran = root.run((one, shell("printf three", "30-two.log"), shell("echo 'four'", "31-x.log")), 60)

    assert kojids(root).calls == 1
    assert [(each.status, each.signal) for each in ran] == [(0, 0)] * 3
    assert [each.log.read_text() for each in ran] == ["a  b\n", "three", "four\n"]
    assert ran[2].log == tmp_path / "workdir" / "31-x.log"
    assert ran[0].seconds >= 0.28 > ran[1].seconds


@pytest.mark.parametrize(
    ("fails", "ended"), [("exit 3", (3, 0)), ("sleep 60", (124, 0)), ("kill -9 $PPID", (137, 9))]
)
def test_nothing_runs_after_a_failure(root: KojidRoot, fails: str, ended: tuple[int, int]) -> None:
    commands = (shell("echo one"), shell(f"echo two; {fails}", "b.log"), shell("echo no", "c.log"))

    first, second = root.run(commands, 1)

    assert (first.status, first.log.read_text()) == (0, "one\n")
    assert (second.status, second.signal) == ended
    assert second.log.read_text() == "two\n"

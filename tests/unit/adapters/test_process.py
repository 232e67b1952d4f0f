"""Processes on a builder end with the call that started them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from koji_imagebuild.adapters import process

_FOREVER = "while :; do sleep 0.05; done"


def await_gone(pid_file: Path) -> bool:
    """Whether the process has ended, or is a zombie that nobody waits for."""
    pid = pid_file.read_text().strip()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_status_and_output_stderr_included() -> None:
    done = process.call(("sh", "-c", "echo out; echo err >&2; exit 3"), 10)

    assert done == process.Done(3, "out\nerr\n")


def test_output_that_is_no_text() -> None:
    assert process.call(("printf", r"a\377b"), 10).output == "a\ufffdb"


def test_what_is_not_installed_has_a_shells_status() -> None:
    done = process.call(("no-such-program", "--version"), 10)

    assert done == process.Done(process.NOT_FOUND, "no-such-program is not installed\n")


def test_words_are_not_a_shells() -> None:
    assert process.call(("echo", "$HOME; `id`"), 10).output == "$HOME; `id`\n"


def test_the_environment_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOJI_SECRET", "hidden")

    done = process.call(("env",), 10, {"LANG": "C", "ASKED": "yes"})

    names = dict(line.split("=", 1) for line in done.output.splitlines())
    assert names == {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "ASKED": "yes"}


def test_nothing_can_be_asked_of_a_terminal() -> None:
    assert process.call(("cat",), 10) == process.Done(0, "")


def test_time_is_over_for_the_whole_group(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"({_FOREVER}) & echo $! > {pid}; wait"

    done = process.call(("sh", "-c", script), 0.3)

    assert done == process.Done(process.TIMED_OUT, "sh did not end within 0.3 s\n")
    assert await_gone(pid)


def test_time_is_over_although_the_first_process_has_ended(tmp_path: Path) -> None:
    """What it left running holds the output open."""
    pid = tmp_path / "pid"

    done = process.call(("sh", "-c", f"({_FOREVER}) & echo $! > {pid}"), 0.3)

    assert done.status == process.TIMED_OUT
    assert await_gone(pid)


def test_an_interrupt_ends_the_group(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"trap '' INT; ({_FOREVER}) & echo $! > {pid}; wait"
    cancel = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    cancel.start()

    with pytest.raises(KeyboardInterrupt):
        process.call(("sh", "-c", script), 10)

    cancel.join()
    assert await_gone(pid)

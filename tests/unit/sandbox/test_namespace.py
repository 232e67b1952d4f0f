"""What is started in a namespace ends with it, and its mounts stay inside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.sandbox.root import namespace

from .conftest import needs_root

if TYPE_CHECKING:
    import pytest

pytestmark = needs_root


def contained(body: Callable[[], int], setup: Callable[[], None] = lambda: None) -> int:
    """Run ``body`` in namespaces, from a child, because the caller is left unusable."""
    return namespace.in_child(lambda: namespace.contain(setup, body))


def test_exit_status_comes_out() -> None:
    assert contained(lambda: 7) == 7


def test_a_signal_is_reported_as_mock_reports_it() -> None:
    assert contained(lambda: os.kill(os.getpid(), signal.SIGKILL) or 0) == 256 - signal.SIGKILL


def test_an_exception_is_a_failure_with_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise RuntimeError("no luck")

    assert contained(fail) == namespace.FAILED
    assert "no luck" in capfd.readouterr().err


def test_mounts_stay_inside(tmp_path: Path) -> None:
    def look() -> int:
        return 0 if (tmp_path / "inside").exists() else 1

    def setup() -> None:
        namespace.mount("tmpfs", tmp_path, "tmpfs")
        (tmp_path / "inside").touch()

    assert contained(look, setup) == 0
    assert not (tmp_path / "inside").exists()
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_what_the_command_leaves_running_is_killed(tmp_path: Path) -> None:
    alive = tmp_path / "alive"

    def leave() -> int:
        if os.fork() == 0:
            os.setsid()
            while True:
                alive.write_text(str(time.monotonic()))
                time.sleep(0.01)
        while not alive.exists():
            time.sleep(0.01)
        return 0

    assert contained(leave) == 0
    last = alive.read_text()
    time.sleep(0.1)
    assert alive.read_text() == last


def test_killing_the_outermost_process_kills_all(tmp_path: Path) -> None:
    alive = tmp_path / "alive"

    def run() -> int:
        while True:
            alive.write_text(str(time.monotonic()))
            time.sleep(0.01)

    pid = namespace.fork(lambda: namespace.contain(lambda: None, run))
    _await(alive)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    time.sleep(0.1)
    last = alive.read_text()
    time.sleep(0.1)
    assert alive.read_text() == last


def test_sigint_reaches_the_command_even_when_it_was_ignored_at_start(tmp_path: Path) -> None:
    script = f"""
import signal, time
from pathlib import Path
from typing import Callable
from koji_imagebuild.sandbox.root import namespace
def body():
    try:
        Path({str(tmp_path / "up")!r}).touch()
        time.sleep(60)
    except KeyboardInterrupt:
        return 3
    return 0
raise SystemExit(namespace.contain(lambda: None, body))
"""
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    _await(tmp_path / "up")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 3


def _await(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)

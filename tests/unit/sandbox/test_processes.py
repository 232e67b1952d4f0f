"""Daemons are found by a lock, so a stale pid file is never believed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox import processes
from koji_imagebuild.sandbox.processes import Daemon

MODULES = {
    "obedient": "import time; print('ready', flush=True); time.sleep(60)",
    "stubborn": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " print('ready', flush=True); time.sleep(60)",
    "broken": "import sys; print('no certificate', file=sys.stderr); sys.exit(3)",
    "silent": "import time; time.sleep(60)",
    "leaving": "import os, time\nif os.fork(): print('ready', flush=True)\ntime.sleep(60)",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def daemon(tmp_path: Path, module: str, grace: float = 5) -> Daemon:
    return Daemon("thing", module, ("--state", str(tmp_path)), tmp_path / "run", tmp_path / "logs",
                  grace)  # fmt: skip


def test_its_whole_life(tmp_path: Path) -> None:
    thing = daemon(tmp_path, "obedient")
    assert thing.pid() is None
    assert not thing.stop()
    assert thing.start(10)
    pid = thing.pid()
    assert pid is not None
    assert b"obedient" in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert not thing.start(10)
    assert thing.pid() == pid
    assert thing.stop()
    assert thing.pid() is None


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    thing = daemon(tmp_path, "stubborn", grace=0.2)
    thing.start(10)
    assert thing.stop()
    assert thing.pid() is None


def test_a_killed_one_is_not_running_whoever_has_its_number_now(tmp_path: Path) -> None:
    thing = daemon(tmp_path, "obedient")
    thing.start(10)
    os.kill(int((tmp_path / "run" / "thing.pid").read_text()), signal.SIGKILL)
    deadline = time.monotonic() + 5
    while thing.pid() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    (tmp_path / "run" / "thing.pid").write_text(str(os.getpid()))
    assert thing.pid() is None
    assert not thing.stop()
    assert thing.start(10)
    thing.stop()


def test_one_that_was_killed_is_started_again_when_all_of_it_has_ended(tmp_path: Path) -> None:
    """It has the lock for as long as what it has forked, but does not run."""
    thing = daemon(tmp_path, "leaving")
    thing.start(10)
    first = thing.pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    with pytest.raises(Infrastructure, match="was killed, and what it started does not end"):
        thing.start(0.1)
    threading.Timer(0.2, os.killpg, (first, signal.SIGKILL)).start()
    assert thing.start(10)
    second = thing.pid()
    assert second not in {None, first}
    os.killpg(second or 0, signal.SIGKILL)


def test_a_foreign_process_is_never_signalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_AFTER_SIGKILL", 0.1)
    thing = daemon(tmp_path, "leaving", grace=0.1)
    thing.start(10)
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    daemon_pid = int((tmp_path / "run" / "thing.pid").read_text())
    (tmp_path / "run" / "thing.pid").write_text(str(bystander.pid))
    try:
        with pytest.raises(Infrastructure, match="does not end"):
            Daemon.stop(thing)
        assert bystander.poll() is None
    finally:
        os.killpg(daemon_pid, signal.SIGKILL)
        bystander.kill()
        bystander.wait()


def test_one_that_ends_at_once_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(Infrastructure, match="the sandbox's thing ended at once") as caught:
        daemon(tmp_path, "broken").start(10)
    assert caught.value.lines == ("no certificate",)
    assert caught.value.log.endswith("logs/thing.log")


def test_one_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    thing = daemon(tmp_path, "silent")
    with pytest.raises(Infrastructure, match="was not ready after 0 s"):
        thing.start(0.3)
    assert thing.pid() is None

"""The sandbox's two daemons: started, found again and ended by a lock that lives with them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from koji_imagebuild.errors import Infrastructure

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLL = 0.02  # seconds
_AFTER_SIGKILL = 10.0  # seconds
_LAST_LINES = 15


@dataclass(frozen=True)
class Daemon:
    """A daemon that prints "ready" on its standard output.

    Its pid file is locked by a descriptor that the daemon inherits and knows nothing of: the lock
    is held exactly as long as the daemon or a process it forked lives. So a pid file that
    survived a crash or a reboot, when its number belongs to somebody else, is never believed.

    :param module: started as ``python -m MODULE ARGUMENTS``
    :param grace: seconds between SIGTERM and SIGKILL
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    run: Path
    logs: Path
    grace: float

    @property
    def log(self) -> Path:
        return self.logs / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.run / f"{self.name}.pid"

    def pid(self) -> int | None:
        """Tell its process id, None when it does not run."""
        try:
            file = self._pid_file.open()
        except FileNotFoundError:
            return None
        with file:
            if _lock(file):
                return None
            return int(file.read() or 0) or None

    def start(self, patience: float) -> bool:
        """Start it and wait until it is ready.

        :param patience: seconds
        :returns: False when it was running already
        :raises Infrastructure: when it ends or stays silent, with the last lines of its log, or
            when something of one that was killed lives on
        """
        for folder in (self.run, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        with self._pid_file.open("a+") as file:
            deadline = time.monotonic() + patience
            while not _lock(file):
                # What a killed daemon has forked holds the lock until the kernel has ended it,
                # and somebody who asks whether it runs holds it for a moment.
                pid = self.pid()
                if pid is not None and self._is_daemon(pid):
                    return False
                if time.monotonic() > deadline:
                    raise self._failure("was killed, and what it started does not end", ())
                time.sleep(_POLL)
            with self.log.open("ab") as log:
                start = log.tell()
                pid = self._spawn(file.fileno(), log.fileno())
            file.truncate(0)
            file.write(f"{pid}\n")
        self._await_ready(pid, start, patience)
        return True

    def stop(self) -> bool:
        """End it, and return when it has ended.

        :returns: False when it was not running
        :raises Infrastructure: when it survives SIGKILL
        """
        pid = self.pid()
        if pid is None:
            return False
        for number, patience in ((signal.SIGTERM, self.grace), (signal.SIGKILL, _AFTER_SIGKILL)):
            self._signal(pid, number)
            if self._await_end(pid, patience):
                return True
        raise Infrastructure(f"the sandbox's {self.name} (pid {pid}) does not end")

    def _signal(self, pid: int, number: int) -> None:
        """Signal the daemon; never somebody who got its process id after it died."""
        with contextlib.suppress(ProcessLookupError):
            if self._is_daemon(pid):
                os.kill(pid, number)

    def _is_daemon(self, pid: int) -> bool:
        """Tell whether it is alive; one that has died has no words left."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return self.module.encode() in words

    def _spawn(self, lock: int, log: int) -> int:
        """Start it without a parent's bookkeeping: it outlives whoever starts it."""
        os.set_inheritable(lock, True)  # noqa: FBT003  # positional in the standard library
        return os.posix_spawn(
            sys.executable,
            (sys.executable, "-m", self.module, *self.arguments),
            {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": _import_path()},
            file_actions=(
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ),
            setsid=True,
        )

    def _await_ready(self, pid: int, start: int, patience: float) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            ended = os.waitpid(pid, os.WNOHANG)[0] == pid
            said = self.log.read_bytes()[start:].decode(errors="replace").splitlines()
            if "ready" in said:
                return
            if ended:
                raise self._failure("ended at once", said)
            time.sleep(_POLL)
        self.stop()
        raise self._failure(f"was not ready after {patience:.0f} s", said)

    def _failure(self, what: str, said: Sequence[str]) -> Infrastructure:
        return Infrastructure(
            f"the sandbox's {self.name} {what}", lines=said[-_LAST_LINES:], log=str(self.log)
        )

    def _await_end(self, pid: int, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return True


def _lock(file: TextIO) -> bool:
    """Take the lock for as long as the file is open; False when somebody holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _import_path() -> str:
    """Let the daemon import this project even when it runs from a checkout elsewhere."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join((here, *filter(None, [os.environ.get("PYTHONPATH")])))

"""Ending what a task's process has started, as kojid does when it cancels."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Seconds between SIGINT and SIGKILL; as kojid's (koji/daemon.py, cleanupTask).
PATIENCE = 3.0
_PAUSE = 0.05


def end_all(patience: float = PATIENCE) -> None:
    """End every process below this one: first by SIGINT, which lets mock clear up."""
    found = list(_below(os.getpid()))
    for number in (signal.SIGINT, signal.SIGKILL):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        end = time.monotonic() + patience
        while (found := list(_alive(found))) and time.monotonic() < end:
            time.sleep(_PAUSE)


def _below(pid: int) -> Iterator[int]:
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, thread.read_text().split()):
                yield child
                yield from _below(child)


def _alive(pids: Iterable[int]) -> Iterator[int]:
    for pid in pids:
        # Our own children are reaped here: nobody else waits for them any more.
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if Path(f"/proc/{pid}").exists():
            yield pid

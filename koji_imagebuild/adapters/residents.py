"""Processes that live in a build root, whoever has become their parent.

mock and a task's process can be killed by SIGKILL, and what mock ran goes on then.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PATIENCE = 3.0  # seconds
_PAUSE = 0.02


def end(roots: Iterable[Path], left_behind: Callable[[Path], bool]) -> tuple[int, ...]:
    """Kill what lives in those of the roots that are left behind.

    :param left_behind: asked only for roots in which something lives
    :returns: process ids
    """
    found = tuple(pid for pid, root in _living_in(roots) if left_behind(root))
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE
    while any(_root(pid) for pid in found) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return found


def _living_in(roots: Iterable[Path]) -> Iterator[tuple[int, Path]]:
    """By the folder itself: its path is another one in a container of systemd-nspawn."""
    homes: dict[tuple[int, int] | None, Path] = {}
    for root in roots:
        with suppress(OSError):
            status = root.stat()
            homes[status.st_dev, status.st_ino] = root
    if not homes:
        return
    for process in Path("/proc").glob("[0-9]*"):
        home = homes.get(_root(int(process.name)))
        if home:
            yield int(process.name), home


def _root(pid: int) -> tuple[int, int] | None:
    """Its root's device and inode; None when it has ended."""
    try:
        status = Path(f"/proc/{pid}/root").stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino

"""The folder of one build in the cache: it goes with the build, or with the next one."""

from __future__ import annotations

import fcntl
import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from koji_imagebuild.adapters import leftovers
from koji_imagebuild.sandbox.root import cache, layers, removal

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What asks a command to end: Ctrl-C, kill, a terminal that is closed.
ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOCK: Final = "lock"


def place() -> Path:
    """Where builds of this machine keep what they share, and their own folders."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "koji-imagebuild" / "here"


@contextmanager
def one(place: Path) -> Iterator[Path]:
    """A new folder; in any ending nothing of it stays: no file, mount or loop device.

    First it clears away what builds left that were killed.
    """
    runs = place / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with (place / "runs.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for old in runs.iterdir():
            _clear_if_ended(old)
        folder = Path(tempfile.mkdtemp(dir=runs))
        held = (folder / _LOCK).open("a")
        fcntl.flock(held, fcntl.LOCK_EX)
    leftovers.drop_stale_partitions()
    with held:
        try:
            with cache.kept(shared(place) / "roots"):
                yield folder
        finally:
            for number in ENDINGS:
                signal.signal(number, signal.SIG_IGN)
            _clear(folder)


def shared(place: Path) -> Path:
    """What builds share: ready roots, and packages."""
    return place / "shared"


def _clear_if_ended(folder: Path) -> None:
    with (folder / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _clear(folder)


def _clear(folder: Path) -> None:
    leftovers.release_below(folder)
    for root in folder.glob("*/root"):
        layers.release(root)
    removal.remove(folder)

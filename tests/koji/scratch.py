"""A folder for a private Koji; what a killed one has left goes when the next begins."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.adapters import leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "koji-instance-"


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder, and remove it and the loop devices in it when the block ends.

    As long as its owner lives it is locked: so others know it from one whose owner was killed.
    """
    top = Path(tempfile.gettempdir())
    for folder in top.glob(f"{_PREFIX}*"):
        _remove_if_dead(folder)
    # It gets its name when it is locked already.
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}"))
    with _locked(made):
        made.chmod(0o711)  # PostgreSQL's user passes through it
        folder = made.rename(top / made.name[1:])
        try:
            yield folder
        finally:
            _remove(folder)


def _remove_if_dead(folder: Path) -> None:
    # Locked by its owner, or removed by somebody else meanwhile.
    with suppress(OSError), _locked(folder):
        _remove(folder)


def _remove(folder: Path) -> None:
    leftovers.release_below(folder)
    shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """:raises BlockingIOError: when somebody else has locked it"""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)

"""Ready roots: what dnf made once is copied from then on.

A copy, not an overlay: a loop device whose backing file lies on an overlay loses its path when the
mount goes (so nobody could find leaked ones), kiwi could not mount its own overlays inside, and a
build root in mock is plain files too. Copying 284 MB took 0.9 s where dnf took 2.6 s.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root.removal import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

KEEP = 3


def key(parts: Iterable[str]) -> str:
    """Name a ready root after everything that decides what is in it."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def copy_from(cache: Path, name: str, make: Callable[[Path], None], target: Path) -> None:
    """Put a copy of the ready root ``name`` at ``target``; ``make`` it first if there is none."""
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / name
    with _locked(cache / f"{name}.lock"):
        if not ready.exists():
            fresh = cache / f"{name}.new"
            remove(fresh)
            fresh.mkdir()
            make(fresh)
            fresh.rename(ready)
        os.utime(ready)
        _copy(ready, target)
    _forget_old(cache)


def _copy(source: Path, target: Path) -> None:
    argv = ("cp", "-a", "--reflink=auto", "--", str(source), str(target))
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Infrastructure(
            f"the build root cannot be copied to {target}", lines=done.stderr.splitlines()[:5]
        )


def _forget_old(cache: Path) -> None:
    """Keep the roots used last. One that is being copied is locked and stays."""
    roots = sorted(
        (path for path in cache.iterdir() if path.suffix == "" and path.is_dir()),
        key=lambda path: path.stat().st_mtime,
    )
    for path in roots[:-KEEP]:
        with (
            contextlib.suppress(BlockingIOError),
            _locked(path.with_suffix(".lock"), fcntl.LOCK_NB),
        ):
            remove(path)
            remove(path.with_suffix(".new"))


@contextlib.contextmanager
def _locked(path: Path, how: int = 0) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | how)
        yield

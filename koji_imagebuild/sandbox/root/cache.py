"""Ready roots: what dnf made once is what build roots start from, from then on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.root import layers
from koji_imagebuild.sandbox.root.removal import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

KEEP = 3
_KEPT = "kept.lock"


def key(parts: Iterable[str]) -> str:
    """Name a ready root after everything that decides what is in it."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def provide(
    cache: Path, name: str, fill: Callable[[Path], None], take: Callable[[Path], None]
) -> None:
    """Let ``take`` have the ready root ``name``; ``fill`` an empty folder if there is none."""
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / name
    with _locked(cache / f"{name}.lock", fcntl.LOCK_EX):
        if not ready.exists():
            fresh = cache / f"{name}.new"
            remove(fresh)
            fresh.mkdir()
            fill(fresh)
            fresh.rename(ready)
        os.utime(ready)
        take(ready)
    _forget_old(cache)


@contextlib.contextmanager
def kept(cache: Path) -> Iterator[None]:
    """Let nobody forget a root meanwhile: who uses one in another mount namespace is not seen."""
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / _KEPT, fcntl.LOCK_SH):
        yield
    _forget_old(cache)


def _forget_old(cache: Path) -> None:
    with (
        contextlib.suppress(BlockingIOError),
        _locked(cache / _KEPT, fcntl.LOCK_EX | fcntl.LOCK_NB),
    ):
        _forget_unused(cache)


def _forget_unused(cache: Path) -> None:
    """Keep the roots used last, and those that are used now."""
    roots = sorted(
        (path for path in cache.iterdir() if path.suffix == "" and path.is_dir()),
        key=lambda path: path.stat().st_mtime,
    )
    for path in roots[:-KEEP]:
        with (
            contextlib.suppress(BlockingIOError),
            _locked(path.with_suffix(".lock"), fcntl.LOCK_EX | fcntl.LOCK_NB),
        ):
            if not layers.in_use(path):
                remove(path)
                remove(path.with_suffix(".new"))


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, how)
        yield

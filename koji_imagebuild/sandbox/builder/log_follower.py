"""Uploading logs while they are written."""

from __future__ import annotations

import glob
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass
class _Followed:
    name: str
    file: BinaryIO
    inode: int


class LogFollower:
    """Follows files that match patterns, but no links, and hands what is new to ``upload``.

    :param upload: called with a name and a file; reads from the file's position to its end
    """

    def __init__(self, upload: Callable[[str, BinaryIO], None]) -> None:
        self._upload = upload
        self._files: dict[Path, _Followed] = {}

    def sync(self, patterns: Iterable[str]) -> None:
        """Look for new files, upload what was added to all of them."""
        for pattern in patterns:
            for path in sorted(glob.glob(pattern)):  # noqa: PTH207  # the pattern is absolute
                self._sync(Path(path))

    def close(self) -> None:
        for followed in self._files.values():
            followed.file.close()

    def _sync(self, path: Path) -> None:
        file = _open(path)
        if file is None:
            return
        known, status = self._files.get(path), os.fstat(file.fileno())
        if known is None or known.inode != status.st_ino:
            name = known.name if known else self._free_name(path)
            if known:
                known.file.close()
            known = _Followed(name, file, status.st_ino)
            self._files[path] = known
        else:
            file.close()
        if status.st_size < known.file.tell():
            known.file.seek(0)
        self._upload(known.name, known.file)

    def _free_name(self, path: Path) -> str:
        """kojid's way with two logs of one name: NAME.DUP00.log (builder/kojid:982)."""
        taken = {followed.name for followed in self._files.values()}
        name, number = path.name, 0
        while name in taken:
            name = f"{path.stem}.DUP{number:02}{path.suffix}"
            number += 1
        return name


def _open(path: Path) -> BinaryIO | None:
    """A regular file at just this path, or nothing.

    A build may put links anywhere in its root, and what is followed gets published; it may also
    change them at any moment, so it is the open file that is looked at.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    if regular and Path(f"/proc/self/fd/{descriptor}").readlink() == path:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None

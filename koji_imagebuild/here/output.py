"""The folder a build's files are put into."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from koji_imagebuild.cli.folder import RESULTS
from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.model.result import FileSum

#: In a folder whose build has not ended well; who builds holds a lock on it.
UNFINISHED: Final = f"unfinished{RESULTS[1]}"
_TEXT: Final = """\
This build runs, was killed or has failed. The next one into this folder removes all files in it.
"""
SUMS: Final = "SHA256SUMS"


class Output:
    """A folder of flat files; :meth:`open` comes first, then :meth:`finish` or :meth:`discard`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[str] | None = None
        self._made = False

    def open(self) -> None:
        """Take the folder: a new or empty one, or one that an unfinished build left.

        :raises RequestError: for any other
        """
        try:
            self.folder.mkdir()
            self._made = True
        except FileExistsError:
            self._check()
        except FileNotFoundError:
            raise RequestError(f"{self.folder.parent} does not exist") from None
        mark = self.folder / UNFINISHED
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._lock = os.fdopen(os.open(mark, flags, 0o644), "r+", encoding="utf-8")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(f"Another build is writing into {self.folder}") from None
        self._empty(mark)
        self._lock.truncate()
        self._lock.write(_TEXT)
        self._lock.flush()

    def _check(self) -> None:
        if not self.folder.is_dir():
            raise RequestError(f"{self.folder} is no folder")
        if self.folder.stat().st_uid not in {0, caller()[0]}:
            # Its owner could put symlinks into it while files are written.
            raise RequestError(f"{self.folder} belongs to another user", repair="Give --output DIR")
        names = {path.name for path in self.folder.iterdir()}
        if names and UNFINISHED not in names:
            raise RequestError(
                f"{self.folder} is there already, and nothing is overwritten",
                repair="Remove it, or give --output DIR or another --release",
            )
        self._made = UNFINISHED in names

    def put(self, path: Path, name: str) -> None:
        """Put a file there; an older one of that name is replaced."""
        target = self.folder / name
        target.unlink(missing_ok=True)
        try:
            # An image may have gigabytes, and its other name goes with the build root.
            os.link(path, target, follow_symlinks=False)
        except OSError as problem:
            if problem.errno not in {errno.EXDEV, errno.EPERM, errno.EMLINK}:
                raise
            shutil.copyfile(path, target, follow_symlinks=False)

    def finish(self, sums: Iterable[FileSum]) -> None:
        """The build ended well."""
        text = "".join(f"{file.sha256}  {file.name}\n" for file in sums)
        (self.folder / SUMS).write_text(text)
        (self.folder / UNFINISHED).unlink()

    def discard(self) -> None:
        """Leave nothing of the build."""
        if self._lock is not None:
            self._empty(None)
        if self._made:
            self.folder.rmdir()

    def hand_over(self) -> None:
        """Give all of it to whoever called through sudo."""
        if self._lock is None or caller() == (0, 0):
            return
        with suppress(FileNotFoundError):
            for path in (*self.folder.iterdir(), self.folder):
                os.chown(path, *caller(), follow_symlinks=False)

    def _empty(self, kept: Path | None) -> None:
        """Remove files; a folder among them is not ours, so it is refused and not looked into."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                raise RequestError(f"{path} is in the way: it is no file of a build")
            if path != kept:
                path.unlink()


def caller() -> tuple[int, int]:
    """User and group of whoever called sudo, or root's."""
    user, group = (os.environ.get(name, "") for name in ("SUDO_UID", "SUDO_GID"))
    return (int(user), int(group)) if user.isdigit() and group.isdigit() else (0, 0)


class OutputDesk:
    """A desk whose uploads are files of the output folder.

    :param workdir: goes with the build
    """

    task_id = 0

    def __init__(self, workdir: Path, output: Output, progress: Progress) -> None:
        self.workdir = workdir
        self._output = output
        self._progress = progress

    def upload(self, path: Path, name: str) -> None:
        self._output.put(path, name)

    def say(self, text: str) -> None:
        self._progress.note(text)

"""The folder a build's files are put into."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.cli.folder import RESULTS
from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.model.result import FileSum

#: In a folder whose build has not ended well; who builds holds a lock on it.
UNFINISHED: Final = f"unfinished{RESULTS[1]}"
_TEXT: Final = """\
This build runs, was killed or has failed. The next one into this folder removes all files in it.
"""
SUMS: Final = "SHA256SUMS"


@contextmanager
def taken(folder: Path) -> Iterator[Output]:
    """Take a folder for one build: a new or empty one, or one that an unfinished build left.

    An interrupted build leaves nothing in it, a failed one what was put there.

    :raises RequestError: for any other folder
    """
    made = _make(folder)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    mark = os.open(folder / UNFINISHED, flags, 0o644)
    with os.fdopen(mark, "r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RequestError(f"Another build is writing into {folder}") from None
        _empty(folder, UNFINISHED)
        lock.truncate()
        lock.write(_TEXT)
        lock.flush()
        try:
            yield Output(folder)
        except (KeyboardInterrupt, SystemExit):
            _empty(folder, "")
            if made:
                folder.rmdir()
            raise
        finally:
            _hand_over(folder)


@dataclass(frozen=True)
class Output:
    """A folder of flat files."""

    folder: Path

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


def _make(folder: Path) -> bool:
    """Make the folder, or see that it may be taken; whether it may be removed again."""
    try:
        folder.mkdir()
    except FileNotFoundError:
        raise RequestError(f"{folder.parent} does not exist") from None
    except FileExistsError:
        return _check(folder)
    return True


def _check(folder: Path) -> bool:
    if not folder.is_dir():
        raise RequestError(f"{folder} is no folder")
    if folder.stat().st_uid not in {0, caller()[0]}:
        # Its owner could put symlinks into it while files are written.
        raise RequestError(f"{folder} belongs to another user", repair="Give --output DIR")
    names = {path.name for path in folder.iterdir()}
    if names and UNFINISHED not in names:
        raise RequestError(
            f"{folder} is there already, and nothing is overwritten",
            repair="Remove it, or give --output DIR or another --release",
        )
    return UNFINISHED in names


def _empty(folder: Path, kept: str) -> None:
    """Remove files; a folder among them is not ours, so it is refused and not looked into."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            raise RequestError(f"{path} is in the way: it is no file of a build")
        if path.name != kept:
            path.unlink()


def _hand_over(folder: Path) -> None:
    """Give all of it to whoever called through sudo."""
    if caller() == (0, 0) or not folder.exists():
        return
    for path in (*folder.iterdir(), folder):
        os.chown(path, *caller(), follow_symlinks=False)


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

"""Files that clients upload: where they may go, and that they arrive whole."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import parse_qs

import koji

from koji_imagebuild.sandbox.hub.entities import tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

BLOCK = 1 << 18

TASK_PARTS = 3
"""tasks/NUMBER/TASK: the folder of a task has at least so many parts."""


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class _Adler32:
    def __init__(self) -> None:
        self._value = 1

    def update(self, data: bytes, /) -> None:
        self._value = zlib.adler32(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value & 0xFFFFFFFF:08x}"


def digest(name: str) -> Digest:
    """:raises koji.GenericError: when it is none of Koji's three"""
    if name == "adler32":
        return _Adler32()
    if name == "sha256":
        return hashlib.sha256()
    if name == "md5":
        return hashlib.md5(usedforsecurity=False)
    raise koji.GenericError(f"Unsupported verify type: {name}")


class Writing:
    """The files that are being written: a second writer waits, then is turned away.

    Koji uses file locks, which do not keep the threads of one process apart. The wait is for a
    client that lost its connection and sends the chunk again before the first one has ended.
    """

    def __init__(self, patience: float = 10.0) -> None:
        """:param patience: seconds a second writer waits"""
        self._paths: set[Path] = set()
        self._change = threading.Condition()
        self._patience = patience

    @contextmanager
    def hold(self, path: Path) -> Iterator[None]:
        with self._change:
            if not self._change.wait_for(lambda: path not in self._paths, self._patience):
                raise koji.LockError(f"{path} is being written")
            self._paths.add(path)
        try:
            yield
        finally:
            with self._change:
                self._paths.discard(path)
                self._change.notify_all()


def upload_path(call: Call, folder: str, name: str) -> Path:
    """Where an uploaded file lies.

    :raises koji.GenericError: when it would lie outside ``work/``
    """
    if "/" in name or name.startswith(".") or not name:
        raise koji.GenericError(f"Invalid upload filename: {name}")
    normal = os.path.normpath(folder)
    if not folder or normal.startswith(("..", "/")):
        raise koji.GenericError(f"Invalid upload directory: {folder}")
    return Path(call.site.paths.work()) / normal / name


def writable_path(call: Call, folder: str, name: str) -> Path:
    """Check that the caller may write there, and make the folder.

    A task's folder belongs to the builder that runs the task, any other to its first user.
    """
    path = upload_path(call, folder, name)
    parts = Path(os.path.normpath(folder)).parts
    if parts[0] == "tasks":
        if len(parts) < TASK_PARTS or not parts[2].isdigit():
            raise koji.GenericError(f"Invalid task upload directory: {folder}")
        tasks.assert_host(call, int(parts[2]))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
    user = call.session.require_user()
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = path.parent / ".user"
    if not mark.exists():
        mark.write_text(str(user))
    elif mark.read_text() != str(user):
        raise koji.GenericError(f"Invalid upload directory, not owner: {folder}")
    return path


@dataclass(frozen=True)
class RawUpload:
    """One ``rawUpload``: a chunk of a file, its place in the query, its bytes in the body."""

    folder: str
    name: str
    verify: str
    offset: int
    overwrite: bool

    @classmethod
    def of(cls, query: str) -> RawUpload:
        args = {key: values[0] for key, values in parse_qs(query).items()}
        try:
            return cls(
                folder=args.get("filepath", ""),
                name=args["filename"],
                verify=args.get("fileverify", ""),
                offset=int(args.get("offset", "0")),
                overwrite=bool(args.get("overwrite")),
            )
        except (KeyError, ValueError) as error:
            raise koji.GenericError(f"Invalid upload: {error}") from None

    def check(self, path: Path) -> None:
        """:raises koji.GenericError: when what lies there may not be written over"""
        if path.is_symlink():
            raise koji.GenericError(f"destination is a symlink: {path}")
        if path.exists() and not path.is_file():
            raise koji.GenericError(f"destination not a file: {path}")
        if path.exists() and self.offset == 0 and not self.overwrite:
            raise koji.GenericError(f"upload path exists: {path}")

    def store(self, path: Path, body: BinaryIO, writing: Writing) -> Row:
        """Write the chunk; the client compares what is returned with what it sent."""
        checksum = digest(self.verify) if self.verify else None
        with writing.hold(path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                offset = self._seek(file)
                size = _copy(body, file, checksum)
                end = file.seek(0, os.SEEK_END)
        if not self.overwrite and end != offset + size:
            raise koji.GenericError(
                f"Incorrect upload length for {path} - Expected {offset + size}, actual {end}"
            )
        answer: dict[str, Any] = {"size": size, "fileverify": self.verify, "offset": offset}
        if checksum:
            answer["hexdigest"] = checksum.hexdigest()
        return answer

    def _seek(self, file: Any) -> int:
        if self.offset == -1:
            return int(file.seek(0, os.SEEK_END))
        if self.overwrite:
            file.truncate(self.offset)
        return int(file.seek(self.offset))


def _copy(body: BinaryIO, file: Any, checksum: Digest | None) -> int:
    size = 0
    while chunk := body.read(BLOCK):
        if checksum:
            checksum.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[file.write(view) :]
        size += len(chunk)
    return size


def check_upload(path: Path, verify: str | None, tail: int | None) -> Row | None:
    """Size and digest of what has arrived, None when there is nothing."""
    if not path.exists():
        return None
    if not path.is_file():
        raise koji.GenericError(f"Not a regular file: {path}")
    stat = path.stat()
    answer: dict[str, Any] = {"size": stat.st_size, "mtime": stat.st_mtime}
    if verify:
        checksum = digest(verify)
        with path.open("rb") as file:
            if tail is not None:
                file.seek(max(stat.st_size - tail, 0))
            length = 0
            while chunk := file.read(BLOCK):
                checksum.update(chunk)
                length += len(chunk)
        answer |= {"sumlength": length, "hexdigest": checksum.hexdigest()}
    return answer


def store_encoded(
    path: Path, size: int | None, checksum: tuple[str | None, str], offset: int, data: str
) -> bool:
    """The old ``uploadFile``: base64 in XML; offset -1 is the last chunk, with the whole digest.

    :returns: False when a size or digest differs: the client then sends the chunk again
    """
    contents = base64.b64decode(data)
    verify, expected = checksum
    if offset != -1 and not _agrees(contents, size, verify, expected):
        return False
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise koji.GenericError(f"destination not a file: {path}")
    if path.exists() and offset == 0 and path.suffix != ".log":
        raise koji.GenericError(f"file already exists: {path}")
    path.touch()
    with path.open("r+b") as file:
        if offset == 0 or (offset == -1 and size == len(contents)):
            file.truncate(0)
        file.seek(0, os.SEEK_END) if offset == -1 else file.seek(offset)
        file.write(contents)
        if offset == -1 and size is not None:
            file.truncate(size)
    if offset == -1 and verify:
        found = check_upload(path, verify, None)
        return found is not None and found["hexdigest"] == expected
    return True


def _agrees(contents: bytes, size: int | None, verify: str | None, expected: str) -> bool:
    if size is not None and size != len(contents):
        return False
    if not verify:
        return True
    checksum = digest(verify)
    checksum.update(contents)
    return checksum.hexdigest() == expected

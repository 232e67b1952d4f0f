"""Unpacking a folder that a user uploaded, member by member, into a folder it cannot leave."""

from __future__ import annotations

import errno
import gzip
import posixpath
import tarfile
import zlib
from typing import IO, TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path

#: Of all files together, in bytes: a description is text, scripts and an overlay.
LARGEST = 1 << 30
MOST_MEMBERS = 100_000

_BLOCK = 1 << 20
# Members that contradict each other, and names that no file system takes.
_MALFORMED = (
    errno.EEXIST,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
)


class _Stream(gzip.GzipFile):
    """What is packed; tarfile reads a long name in one piece, of whatever length it claims."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= _BLOCK:
            raise DescriptionError("The uploaded folder has a header that is too large")
        return super().read(size)


def unpack(stream: IO[bytes], into: Path) -> None:
    """Unpack regular files, folders and symlinks that stay inside; modes kept, owners dropped.

    :raises DescriptionError: for any other member, for a path that leaves the folder, or for more
        than :data:`LARGEST` bytes
    """
    budget, count = LARGEST, 0
    try:
        with _Stream(fileobj=stream) as plain, tarfile.open(fileobj=plain, mode="r:") as packed:
            for member in packed:
                count += 1
                budget -= max(member.size, 0)
                # Headers are kept in memory, so the position counts as well.
                if min(budget, LARGEST - member.offset_data) < 0 or count > MOST_MEMBERS:
                    raise DescriptionError(
                        "The uploaded folder is too large to be a description:"
                        f" more than {LARGEST >> 20} MiB or {MOST_MEMBERS} files"
                    )
                _place_or_refuse(packed, member, into)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise DescriptionError(f"The uploaded folder is not a tar.gz archive: {problem}") from None


def _place_or_refuse(packed: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    try:
        _place(packed, member, into)
    except (OSError, ValueError, RuntimeError) as problem:
        # pathlib's words for a loop of symlinks and for a zero byte have no errno.
        if isinstance(problem, OSError) and problem.errno not in _MALFORMED:
            raise
        raise DescriptionError(
            f"{member.name[:200]!r} in the uploaded folder cannot be unpacked: {problem}"[:500]
        ) from None


def _place(packed: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    name = posixpath.normpath(member.name)
    if name.startswith(("/", "../")) or name == "..":
        raise DescriptionError(f"The uploaded folder holds {member.name!r}, which leads out of it")
    path = into / name
    if not (into == path or path.parent.resolve().is_relative_to(into.resolve())):
        raise DescriptionError(
            f"{member.name!r} lies behind a symlink that leads out of the folder"
        )
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(member.mode & 0o777 | 0o700)
    elif member.issym():
        _link(member, path, into)
    elif member.isreg():
        _file(packed, member, path)
    else:
        raise DescriptionError(
            f"{member.name!r} in the uploaded folder is neither a file nor a folder nor a symlink"
        )


def _link(member: tarfile.TarInfo, path: Path, into: Path) -> None:
    # Not by its text: the link may lie behind another one, deeper or less deep than its name.
    target = (path.parent / member.linkname).resolve()
    if member.linkname.startswith("/") or not target.is_relative_to(into.resolve()):
        raise DescriptionError(f"The symlink {member.name!r} leads out of the uploaded folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(member.linkname)


def _file(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = packed.extractfile(member)
    if content is None or path.is_symlink():
        raise DescriptionError(f"{member.name!r} in the uploaded folder cannot be unpacked")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        while block := content.read(_BLOCK):
            stream.write(block)
    path.chmod(member.mode & 0o777)

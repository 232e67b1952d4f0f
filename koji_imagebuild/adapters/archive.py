"""Unpacking a folder that a user uploaded, member by member, into a folder it cannot leave."""

from __future__ import annotations

import posixpath
import tarfile
from typing import IO, TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path

#: Of all files together, in bytes: a description is text, scripts and an overlay.
LARGEST = 1 << 30
MOST_MEMBERS = 100_000


def unpack(stream: IO[bytes], into: Path) -> None:
    """Unpack regular files, folders and symlinks that stay inside; modes kept, owners dropped.

    :raises DescriptionError: for any other member, for a path that leaves the folder, or for more
        than :data:`LARGEST` bytes
    """
    budget, count = LARGEST, 0
    try:
        with tarfile.open(fileobj=stream, mode="r:gz") as packed:
            for member in packed:
                count += 1
                budget -= max(member.size, 0)
                if budget < 0 or count > MOST_MEMBERS:
                    raise DescriptionError(
                        "The uploaded folder is too large to be a description:"
                        f" more than {LARGEST >> 20} MiB or {MOST_MEMBERS} files"
                    )
                _place(packed, member, into)
    except (tarfile.TarError, EOFError, OSError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise DescriptionError(f"The uploaded folder is not a tar.gz archive: {problem}") from None


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
        _link(name, member, path)
    elif member.isreg():
        _file(packed, member, path)
    else:
        raise DescriptionError(
            f"{member.name!r} in the uploaded folder is neither a file nor a folder nor a symlink"
        )


def _link(name: str, member: tarfile.TarInfo, path: Path) -> None:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))
    if target.startswith(("/", "../")) or target == "..":
        raise DescriptionError(f"The symlink {member.name!r} leads out of the uploaded folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(member.linkname)


def _file(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = packed.extractfile(member)
    if content is None or path.is_symlink():
        raise DescriptionError(f"{member.name!r} in the uploaded folder cannot be unpacked")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        while block := content.read(1 << 20):
            stream.write(block)
    path.chmod(member.mode & 0o777)

"""A folder on this machine as one archive: the same folder gives the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: In bytes, of all files together.
LIMIT = 64 << 20
#: A repository's history is no part of a description, and may hold what nobody wants published.
LEFT_OUT = ".git"
#: So ends a file of every folder that images were built into; they are no part of it either.
RESULTS = (".image-build.json", ".image-build.txt")

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISCHR, "a character device"),
)


@dataclass(frozen=True)
class Packed:
    """An archive that was written.

    :param size: of the files in it, in bytes
    :param sha256: of the archive, lower-case hex
    """

    files: int
    size: int
    sha256: str


def pack(folder: Path, archive: Path) -> Packed:
    """Pack regular files, folders and symlinks; modes and times are kept, owners are not.

    :raises RequestError: naming what cannot be packed
    """
    top = folder.resolve()
    members = [_member(path, top) for path in _walk(top)]
    size = sum(member.size for member, _ in members)
    if size > LIMIT:
        largest = max(members, key=lambda pair: pair[0].size)[0]
        raise RequestError(
            f"{folder} holds {size >> 20} MiB, more than the {LIMIT >> 20} MiB that can be"
            f" uploaded; its largest file is {largest.name} with {largest.size >> 20} MiB",
            repair="Push it to a repository and build from there",
        )
    with archive.open("wb") as stream:
        _write(members, stream)
    return Packed(
        files=sum(member.isreg() for member, _ in members),
        size=size,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
    )


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name == LEFT_OUT:
            continue
        if not path.is_dir() or path.is_symlink():
            yield path
        elif not _holds_results(path):
            yield path
            yield from _walk(path)


def _holds_results(folder: Path) -> bool:
    return any(path.name.endswith(RESULTS) for path in folder.iterdir())


def _member(path: Path, top: Path) -> tuple[tarfile.TarInfo, Path]:
    status, name = path.lstat(), str(path.relative_to(top))
    member = tarfile.TarInfo(name)
    member.mode = stat.S_IMODE(status.st_mode)
    member.mtime = int(status.st_mtime)
    if stat.S_ISREG(status.st_mode):
        member.size = status.st_size
    elif stat.S_ISDIR(status.st_mode):
        member.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(status.st_mode):
        member.type, member.linkname = tarfile.SYMTYPE, _link(path, name, top)
    else:
        kind = next((word for test, word in _KINDS if test(status.st_mode)), "a special file")
        raise RequestError(f"{name} is {kind}; only files, folders and symlinks can be uploaded")
    return member, path


def _link(path: Path, name: str, top: Path) -> str:
    target = os.readlink(path)  # noqa: PTH115  # a Path would tidy what a build has to see as it is
    # Both ways of reading it: a builder looks at the words, and a link may lead through another.
    written, real = os.path.normpath(path.parent / target), os.path.realpath(path)
    if target.startswith("/") or not all(Path(p).is_relative_to(top) for p in (written, real)):
        raise RequestError(
            f"{name} is a symlink that leads out of the folder, to {target}",
            repair="Replace it by a file, or let a script of the description make it",
        )
    return target


def _write(members: list[tuple[tarfile.TarInfo, Path]], stream: BinaryIO) -> None:
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for member, path in members:
            if member.isreg():
                with path.open("rb") as content:
                    tar.addfile(member, content)
            else:
                tar.addfile(member)

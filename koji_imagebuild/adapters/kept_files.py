"""Files that an earlier build left on the hub, fetched to be built from."""

from __future__ import annotations

import hashlib
import os
from typing import IO, TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from koji_imagebuild.model.kept import KeptFile
    from koji_imagebuild.pipeline.rebuild.kept import Shelf

#: In bytes; what can be built from is text.
LARGEST = 1 << 30
_BLOCK = 1 << 20


def fetch(wanted: Iterable[KeptFile], shelf: Shelf, into: Path) -> None:
    """Put files into a folder, each under its own name.

    :raises DescriptionError: for a file that is gone, or is another one now
    """
    for kept in wanted:
        opened = shelf.open(kept.task_id, kept.file, kept.nvr)
        if opened is None:
            raise DescriptionError(
                f"{kept.file} is gone: neither task {kept.task_id} nor build {kept.nvr} has it",
                repair="Koji keeps what scratch and failed tasks left for some days only",
            )
        with opened as stream:
            digest = _copy(stream, into / kept.file)
        if digest != kept.sha256:
            raise DescriptionError(
                f"{kept.file} of task {kept.task_id} is not the one that was asked for:"
                " its digest differs"
            )


def _copy(stream: IO[bytes], path: Path) -> str:
    """Write a new file; its SHA-256."""
    digest, left = hashlib.sha256(), LARGEST
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o644), "wb") as copy:
        while block := stream.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise DescriptionError(f"{path.name} has more than {LARGEST >> 20} MiB")
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()

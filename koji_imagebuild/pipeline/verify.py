"""From what a tool says it made to files that may become a Koji build."""

from __future__ import annotations

import hashlib
import os
import re
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.errors import DescriptionError, OutputRefused
from koji_imagebuild.model.artifact import Artifact, Kind, Output
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9_+%][A-Za-z0-9._+%~^@:-]*\Z")
_BLOCK = 1 << 20


def measure(path: Path) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a regular file, in constant memory; never through a symlink."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def verify(outputs: Iterable[Output], top: Path) -> tuple[Artifact, ...]:
    """Measure every output below ``top``.

    :raises OutputRefused: for a symlink, a name Koji cannot have, two of one name, no image at all
    """
    made = verify_records(outputs, top)
    if not any(artifact.kind is Kind.IMAGE for artifact in made):
        raise OutputRefused("The tool ended well, but it made no image")
    return made


def verify_records(outputs: Iterable[Output], top: Path) -> tuple[Artifact, ...]:
    """Measure sidecars that need no image beside them.

    :raises OutputRefused: as :func:`verify`
    """
    tree = Tree(top, "the build root")
    found: dict[str, Artifact] = {}
    for output in outputs:
        if output.name in found:
            raise OutputRefused(
                f"Two outputs are called {output.name}",
                repair="Give a bundle format that tells them apart, such as %N-%v-%I.%T.%A",
            )
        found[output.name] = _artifact(output, tree)
    return tuple(found.values())


def _artifact(output: Output, tree: Tree) -> Artifact:
    if not _NAME.match(output.name):
        raise OutputRefused(f"{output.name!r} is not a file name Koji can keep")
    if output.path.is_symlink():
        raise OutputRefused(f"{output.name} is a symlink; only regular files can be imported")
    try:
        path = tree.file(os.path.relpath(output.path, tree.top))
    except DescriptionError as problem:
        raise OutputRefused(f"{output.name}: {problem.what}") from None
    size, sha256 = measure(path)
    if size == 0 and output.kind is Kind.IMAGE:
        raise OutputRefused(f"{output.name} is empty")
    return Artifact(path, output.name, output.kind, output.image_type, size, sha256)


def check_file_types(names: Iterable[str], arch: str, knows: Callable[[str], bool]) -> None:
    """Ask the hub about every file name before the import would refuse it.

    :raises OutputRefused: naming the files and the command that repairs it
    """
    unknown = [name for name in names if not knows(name)]
    if not unknown:
        return
    suffix = _suffix(unknown[0], arch)
    raise OutputRefused(
        f"The hub does not know the file type of {', '.join(unknown)}:"
        " the build would fail at its import",
        repair=f"An admin adds it with: koji call addArchiveType '{suffix}' 'KIND' '{suffix}'",
    )


def _suffix(name: str, arch: str) -> str:
    """What the hub tells file types by: all behind the arch, or behind the last number."""
    _, found, suffix = name.rpartition(f"{arch}.")
    if found:
        return suffix
    last = takewhile(lambda part: part[1:2].isalpha(), reversed(PurePath(name).suffixes))
    return "".join(reversed(tuple(last))).lstrip(".")

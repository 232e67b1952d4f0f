"""Tasks, sources, files and numbers in the words of people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from koji_imagebuild.cli.hub import TaskState

if TYPE_CHECKING:
    from koji_imagebuild.cli.hub import ArchRequest
    from koji_imagebuild.cli.watch.state import Row
    from koji_imagebuild.model.result import ArchResult, FileSum

_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
_KILO = 1000
_STATES: Final = {
    TaskState.FREE: "waiting for a builder",
    TaskState.ASSIGNED: "waiting for the builder to take it",
    TaskState.CLOSED: "done",
    TaskState.FAILED: "failed",
    TaskState.CANCELED: "canceled",
}


def size(count: float) -> str:
    """Bytes, decimal, as ``31.6 MB``."""
    if count < _KILO:
        return f"{int(count)} B"
    for unit in ("kB", "MB", "GB"):
        count /= _KILO
        if count < _KILO:
            return f"{count:.1f} {unit}"
    return f"{count / _KILO:.1f} TB"


def source(url: str) -> str:
    """``descriptions@4a78eb5`` for ``git+https://HOST/scm/descriptions#4a78eb5…``."""
    place, _, revision = url.partition("#")
    if place.startswith("upload:"):
        return "an uploaded folder"
    name = place.partition("?")[0].rstrip("/").rpartition("/")[2]
    short = revision[:7] if _COMMIT.match(revision) else revision
    return f"{name.removesuffix('.git')}@{short}"


def heading(asked: ArchRequest) -> str:
    """What is built, out of what."""
    origin = f"  from {source(asked.source)}" if asked.source else ""
    return f"{asked.nvr}{origin}  repo {asked.repo.id} (event {asked.repo.event})"


def images(result: ArchResult) -> tuple[FileSum, ...]:
    """The images among an arch's files: every image, and nothing else, has an SBOM beside it."""
    names = {file.name for file in result.sums}
    return tuple(file for file in result.sums if f"{file.name}.spdx.json" in names)


def made(result: ArchResult) -> str:
    """``2 images, 31.6 MB``."""
    found = images(result)
    if not found:
        return counted(len(result.files), "file")
    return f"{counted(len(found), 'image')}, {size(sum(file.size for file in found))}"


def printable(text: str) -> str:
    """Without what would steer a terminal: a log holds whatever a build printed."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def cut(line: str, width: int | None) -> str:
    """Not longer than a terminal is wide; None is no terminal."""
    return line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def status(row: Row) -> tuple[str, str]:
    """What a task is at, and what it made."""
    if row.task.state is not TaskState.OPEN:
        return _STATES[row.task.state], made(row.result) if row.result else ""
    if row.task.asked is None:
        return "running", ""
    return row.step or "preparing the build root", ""

"""What earlier arch tasks left on the hub: checked before it is reused, read to compare."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Protocol

from koji_imagebuild.pipeline.rebuild.plan import Again, Plan, Reuse
from koji_imagebuild.pipeline.rebuild.record import Record
from koji_imagebuild.tools.manifest.asked import ManifestSource
from koji_imagebuild.tools.manifest.tool import Manifest

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.result import ArchResult, FileSum
    from koji_imagebuild.pipeline.rebuild.origin import OldArch
    from koji_imagebuild.tools.base import Tool

_BLOCK = 1 << 20


class Shelf(Protocol):
    """Files on the hub, by the hub's own address."""

    def open(self, task_id: int, name: str, nvr: NVR) -> AbstractContextManager[IO[bytes]] | None:
        """A file of a task's folder, or of the build it was imported into; None when it is gone.

        :raises OSError: when the hub does not answer
        """
        ...


@dataclass(frozen=True)
class Kept:
    """What an earlier arch task left, for the tool that builds the arch again.

    :param files: as its ``…image-build.json`` lists them
    """

    task_id: int
    arch: str
    nvr: NVR
    files: tuple[FileSum, ...]


def tool_for(kept: Kept, tool: Tool[Any]) -> Tool[Any]:
    """The tool that builds an arch again.

    image-builder's arch tasks keep a manifest, which holds all they were built from. kiwi's do not:
    the same commit and repository go through the same tool.
    """
    files = ((file.name, file.sha256) for file in kept.files)
    source = ManifestSource.kept(kept.task_id, kept.nvr, files)
    return tool if source is None else Manifest(source, tool.registrations)


def kept(arch: str, old: OldArch, shelf: Shelf) -> Kept | None:
    """None where the task left no document."""
    if old.job is None:
        return None
    found = record(old.task_id, old.job.nvr, arch, shelf)
    return None if found is None else Kept(old.task_id, arch, old.job.nvr, found.files)


def record(task_id: int, nvr: NVR, arch: str, shelf: Shelf) -> Record | None:
    """An arch task's document; None where there is none that can be read."""
    opened = shelf.open(task_id, f"{nvr}.{arch}.image-build.json", nvr)
    if opened is None:
        return None
    with opened as stream:
        return Record.read(stream.read())


def checked(plan: Plan, shelf: Shelf) -> Plan:
    """Read every file that is to be reused; an arch of which one differs is built again."""
    parts = dict(plan.arches)
    for arch, result in plan.reused.items():
        wrong = _wrong(result, shelf)
        parts[arch] = Again(wrong) if wrong else Reuse(result)
    return replace(plan, arches=parts)


def _wrong(result: ArchResult, shelf: Shelf) -> str:
    """What is wrong with the files of an arch; empty when nothing is."""
    for file in result.sums:
        opened = shelf.open(result.task_id, file.name, result.nvr)
        if opened is None:
            return f"{file.name} of task {result.task_id} is gone"
        with opened as stream:
            if _measure(stream) != (file.size, file.sha256):
                return f"{file.name} of task {result.task_id} is not what was built: it differs"
    found = record(result.task_id, result.nvr, result.arch, shelf)
    if found is None or not set(found.files) <= set(result.sums):
        return f"task {result.task_id} and its image-build.json differ"
    return ""


def _measure(stream: IO[bytes]) -> tuple[int, str]:
    """Size and SHA-256."""
    size, digest = 0, hashlib.sha256()
    while block := stream.read(_BLOCK):
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()

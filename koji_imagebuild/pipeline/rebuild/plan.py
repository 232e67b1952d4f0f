"""What of an earlier build is reused, what is built again, and why. Pure.

The command line shows it before it submits, and the parent task goes by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

import koji

from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.rebuild import Rebuild
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.rebuild.origin import OldArch, Origin


@dataclass(frozen=True)
class Reuse:
    """The files of an earlier arch task go into the build."""

    result: ArchResult


@dataclass(frozen=True)
class Again:
    """:param why: a part of a sentence; empty where no arch is reused"""

    why: str


Part = Union[Reuse, Again]


@dataclass(frozen=True)
class Plan:
    """What a rebuild does.

    :param origin: the earlier parent task
    :param nvr: name, version and release of the origin, when they can stay
    :param why_new: why not; empty when they can
    :param release: what the hub is asked for; None lets it choose
    """

    origin: int
    nvr: NVR | None
    why_new: str
    release: str | None
    arches: Mapping[str, Part]

    @property
    def reused(self) -> Mapping[str, ArchResult]:
        return {arch: part.result for arch, part in self.arches.items() if isinstance(part, Reuse)}


def plan(
    origin: Origin,
    asked: Rebuild,
    options: BuildOptions,
    arches: Sequence[str],
    own_task: int | None = None,
) -> Plan:
    """Decide.

    :param asked: what is asked of the rebuild alone
    :param options: the rebuild's
    :param arches: those of the build, canonical
    :param own_task: of a parent that may have opened its build in an earlier run
    :raises RequestError: when an arch is named that the build does not have
    """
    named = _named(asked, arches, origin)
    stays = _stays(origin, options, own_task)
    if isinstance(stays, str):
        chosen = named if options.scratch and named else tuple(arches)
        parts: dict[str, Part] = {arch: Again(_trouble(origin.arches.get(arch))) for arch in chosen}
        return Plan(origin.task.id, None, stays, _release(origin, options), parts)
    parts = {arch: _part(origin, arch, asked, named) for arch in arches}
    return Plan(origin.task.id, stays, "", stays.release, parts)


def arches_of(origin: Origin) -> tuple[str, ...]:
    """The arches it was for; empty where nobody knows any more: all of the build tag."""
    return origin.request.arches or tuple(origin.arches)


def _named(asked: Rebuild, arches: Sequence[str], origin: Origin) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(koji.canonArch(arch) for arch in asked.arches))
    foreign = [arch for arch in named if arch not in arches]
    if foreign:
        raise RequestError(
            f"Task {origin.task.id} is not for {', '.join(foreign)}; it is for {' '.join(arches)}"
        )
    return named


def _stays(origin: Origin, options: BuildOptions, own_task: int | None) -> NVR | str:
    """Name, version and release when they can stay; else why not."""
    nvr, build = origin.nvr, origin.build
    if options.scratch or origin.request.options.scratch:
        return "a scratch build has no release to keep"
    if nvr is None or build is None:
        return f"task {origin.task.id} has opened no build"
    own = own_task is not None and build.task_id == own_task
    foreign = build.task_id not in origin.family and not own
    ended = build.state in {"FAILED", "CANCELED"}
    reasons = {
        f"{nvr} belongs to task {build.task_id} by now": foreign,
        f"{nvr} is {build.state}": not ended and not own,
        f"release {options.release} was asked for": options.release not in {None, nvr.release},
        "its import had begun, and may have lost files": origin.import_started,
    }
    return next((why for why, true in reasons.items() if true), nvr)


def _release(origin: Origin, options: BuildOptions) -> str | None:
    """The one that is asked for now; or then, where it was not taken."""
    if options.release is not None or options.scratch:
        return options.release
    taken = origin.build is not None or origin.request.options.scratch
    return None if taken else origin.request.options.release


def _part(origin: Origin, arch: str, asked: Rebuild, named: Sequence[str]) -> Part:
    old = origin.arches.get(arch)
    trouble = _trouble(old)
    if trouble or old is None or old.result is None:
        return Again(trouble)
    if asked.everything or arch in named:
        return Again("asked for")
    if old.result.nvr != origin.nvr:
        return Again(f"task {old.task_id} built {old.result.nvr}")
    sums = {file.name for file in old.result.sums}
    if old.result.plugin is None or not set(old.result.files) <= sums:
        return Again("built by an older plugin, which keeps no digests")
    gone = sorted(set(old.result.files) - old.files)
    if gone:
        return Again(f"{gone[0]} of task {old.task_id} is gone")
    return Reuse(old.result)


def _trouble(old: OldArch | None) -> str:
    """Why an arch has nothing to reuse; empty when it succeeded."""
    if old is None:
        return "was not built"
    if old.result is not None:
        return ""
    if old.state == "CANCELED":
        return "was canceled"
    if old.state != "FAILED":
        return old.error or f"task {old.task_id} did not end"
    first = old.error.strip().partition("\n")[0]
    return f"{first[:1].lower()}{first[1:]}" if first.startswith("Failed") else first or "failed"

"""What Koji still knows of an earlier build: the facts that a rebuild is planned from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

import koji

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.pipeline import doors
from koji_imagebuild.pipeline.rebuild import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.target import RepoInfo

#: A parent has this log when it asked the hub to import: then the arches' files were moved.
IMPORT_STARTED: Final = "import-started.log"


@dataclass(frozen=True)
class OldTask:
    """A parent task.

    :param state: as ``koji.TASK_STATES`` names it
    :param files: names of what lies in its folder on the hub
    """

    id: int
    method: str
    arguments: tuple[object, ...]
    state: str
    parent: int | None
    files: frozenset[str]


@dataclass(frozen=True)
class OldArch:
    """An arch task that ended, or was ended.

    :param job: None where only another version of the plugin could read it
    :param result: None unless it succeeded
    :param error: the fault's text; empty unless it failed
    :param files: names of what lies in its folder on the hub
    """

    task_id: int
    state: str
    job: ArchJob[Any] | None
    result: ArchResult | None
    error: str
    files: frozenset[str]


@dataclass(frozen=True)
class OldBuild:
    """A build as the hub has it now.

    :param state: as ``koji.BUILD_STATES`` names it
    :param task_id: who built it last; None where no task did
    """

    nvr: str
    state: str
    task_id: int | None


class Ledger(Protocol):
    """Reads earlier tasks and builds; nobody needs a permission for that."""

    def task(self, task_id: int) -> OldTask | None: ...

    def arch_tasks(self, task_id: int) -> Mapping[str, OldArch]:
        """A parent's arch tasks, by arch."""
        ...

    def build_of(self, task_id: int) -> OldBuild | None:
        """The build that belongs to a task."""
        ...

    def build(self, nvr: str) -> OldBuild | None:
        """:raises koji.GenericError: when that cannot be an N-V-R"""
        ...


@dataclass(frozen=True)
class Origin:
    """A task that is built again.

    :param request: as it was asked then
    :param arches: by arch; those that it reused itself are of tasks before it
    :param build: who has its name, version and release now
    :param family: ids of the task and of those it was a rebuild of
    """

    task: OldTask
    request: doors.Request
    arches: Mapping[str, OldArch]
    build: OldBuild | None
    family: frozenset[int]

    @property
    def import_started(self) -> bool:
        return IMPORT_STARTED in self.task.files

    @property
    def _jobs(self) -> tuple[ArchJob[Any], ...]:
        """Those of the tool that was asked for: a kept manifest has another source."""
        jobs = (old.job for old in self.arches.values())
        return tuple(job for job in jobs if job and job.tool.name == self.request.tool.name)

    @property
    def nvr(self) -> NVR | None:
        """What it was building; None when it did not come that far."""
        for old in self.arches.values():
            if old.job is not None:
                return old.job.nvr
        if self.build is None:
            return None
        parts = koji.parse_NVR(self.build.nvr)
        return NVR(parts["name"], parts["version"], parts["release"])

    @property
    def location(self) -> Location | None:
        """The source at the commit that was built."""
        for job in self._jobs:
            pinned: Location = job.tool.location
            return pinned
        return None

    @property
    def repo(self) -> RepoInfo | None:
        """The generation of the build tag's repository that packages came from."""
        for old in self.arches.values():
            if old.job is not None:
                return old.job.repo
        return None


def read(ledger: Ledger, task_id: int) -> Origin:
    """Everything about a parent task of ours.

    :raises RequestError: when there is none of this id, or none that this plugin can read
    """
    task = ledger.task(task_id)
    if task is None:
        raise RequestError(
            f"There is no task {task_id}", repair="What it built has to be submitted anew"
        )
    if task.method not in doors.METHODS:
        raise asked.not_ours(task.id, task.method, task.parent)
    request = doors.read(task.method, list(task.arguments))
    arches = dict(ledger.arch_tasks(task_id))
    family = {task_id}
    for before in _before(ledger, request):
        family.add(before.id)
        for arch, old in ledger.arch_tasks(before.id).items():
            arches.setdefault(arch, old)
    own = Origin(task, request, arches, ledger.build_of(task_id), frozenset(family))
    if own.nvr is None or request.options.scratch:
        return own
    return replace(own, build=ledger.build(str(own.nvr)))


def _before(ledger: Ledger, request: doors.Request) -> Iterator[OldTask]:
    """The tasks that a request is a rebuild of, the latest first.

    Files of a task that began an import are not where they were, so it ends there.
    """
    while request.options.rebuild is not None and not request.options.scratch:
        task = ledger.task(request.options.rebuild.task)
        if task is None or IMPORT_STARTED in task.files:
            return
        yield task
        request = doors.read(task.method, list(task.arguments))

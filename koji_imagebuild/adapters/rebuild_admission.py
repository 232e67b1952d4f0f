"""What the hub checks of a rebuild's origin before it becomes a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import koji

from koji_imagebuild.adapters import admission
from koji_imagebuild.errors import RequestError
from koji_imagebuild.pipeline import doors
from koji_imagebuild.pipeline.rebuild import asked

if TYPE_CHECKING:
    from koji_imagebuild.adapters.configuration import HubConfiguration

_ENDED = frozenset(("CLOSED", "CANCELED", "FAILED"))


@dataclass(frozen=True)
class OriginTask:
    """A task as the hub has it.

    :param state: as ``koji.TASK_STATES`` names it
    :param parent: None of a task that has none
    """

    id: int
    method: str
    arguments: tuple[object, ...]
    state: str
    owner: int
    parent: int | None


@dataclass(frozen=True)
class OriginBuild:
    """A build as the hub has it.

    :param state: as ``koji.BUILD_STATES`` names it
    :param task_id: None where no task built it
    """

    state: str
    task_id: int | None


class Hub(admission.Hub, Protocol):
    """The few things more of ``kojihub`` that a rebuild needs."""

    @property
    def caller(self) -> int:
        """Id of the user who calls."""
        ...

    def task(self, task_id: int) -> OriginTask | None: ...

    def build(self, nvr: str) -> OriginBuild | None:
        """:raises koji.GenericError: when that cannot be an N-V-R"""
        ...


def admit(
    origin: object,
    arches: object,
    opts: object,
    priority: object,
    hub: Hub,
    configuration: HubConfiguration,
) -> int:
    """Make a task of the origin's own kind, with its arguments and ``opts.rebuild``.

    :param origin: a task id, or the N-V-R of a build
    :returns: the task's id
    :raises RequestError: when the origin is gone, still runs, or is no image build of ours
    :raises koji.ActionNotAllowed: when it is somebody else's scratch build
    """
    hub.assert_permission(configuration.permission)
    task = _task(origin, hub)
    request = _request(task, configuration)
    if request.options.scratch and task.owner != hub.caller:
        raise koji.ActionNotAllowed(
            f"Task {task.id} is somebody else's scratch build; only its owner can rebuild it"
        )
    arguments = asked.arguments(task.id, task.arguments, arches, opts)
    return admission.make_task(task.method, arguments, priority, hub, configuration)


def _task(origin: object, hub: Hub) -> OriginTask:
    if isinstance(origin, bool) or not isinstance(origin, (int, str)):
        raise RequestError(f"origin: expected a task id or an N-V-R, got {origin!r}")
    number = int(origin) if isinstance(origin, int) or origin.isdecimal() else None
    task_id = _task_of(str(origin), hub) if number is None else number
    task = hub.task(task_id)
    if task is None:
        raise RequestError(
            f"There is no task {task_id}", repair="What it built has to be submitted anew"
        )
    return task


def _task_of(nvr: str, hub: Hub) -> int:
    build = hub.build(nvr)
    if build is None:
        raise RequestError(
            f"There is no build {nvr}",
            repair="A scratch build has none, and some fail before theirs is opened:"
            " give the id of the task",
        )
    if build.task_id is None:
        raise RequestError(f"Build {nvr} was not built by a task of this Koji")
    if build.state == "DELETED":
        raise RequestError(
            f"Build {nvr} is deleted",
            repair=f"Its task knows what was asked: koji image-rebuild-local {build.task_id}",
        )
    return build.task_id


def _doors(configuration: HubConfiguration) -> frozenset[str]:
    """Parent tasks that this plugin runs here; others of these names are another plugin's."""
    offered = {
        doors.IMAGE_BUILD_LOCAL: True,
        doors.KIWI_BUILD: configuration.kiwi_build,
        doors.IMAGE_BUILDER_BUILD: configuration.image_builder_build,
    }
    return frozenset(method for method, ours in offered.items() if ours)


def _request(task: OriginTask, configuration: HubConfiguration) -> doors.Request:
    if task.method not in _doors(configuration):
        parent = f"Its parent may be one: task {task.parent}" if task.parent else ""
        raise RequestError(
            f"Task {task.id} ({task.method}) is no image build of this plugin", repair=parent
        )
    if task.state not in _ENDED:
        raise RequestError(
            f"Task {task.id} is still {task.state}",
            repair=f"Wait for its end, or end it: koji cancel {task.id}",
        )
    return doors.read(task.method, list(task.arguments))

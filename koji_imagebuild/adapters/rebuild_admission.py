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
    from koji_imagebuild.pipeline.rebuild.origin import OldBuild


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


class Hub(admission.Hub, Protocol):
    """The few things more of ``kojihub`` that a rebuild needs."""

    @property
    def caller(self) -> int:
        """Id of the user who calls."""
        ...

    def task(self, task_id: int) -> OriginTask | None: ...

    def build(self, nvr: str) -> OldBuild | None:
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
    if isinstance(origin, int) or origin.isdecimal():
        task_id = int(origin)
    else:
        task_id = asked.task_of(origin, hub.build(origin))
    task = hub.task(task_id)
    if task is None:
        raise RequestError(
            f"There is no task {task_id}", repair="What it built has to be submitted anew"
        )
    return task


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
        raise asked.not_ours(task.id, task.method, task.parent)
    asked.check_ended(task.id, task.state)
    return doors.read(task.method, list(task.arguments))

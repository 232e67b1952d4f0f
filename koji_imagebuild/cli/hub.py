"""What the command line needs from a Koji hub, and the values it gets."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.model.target import RepoInfo


class TaskState(enum.Enum):
    """Koji's task states, by Koji's names and numbers."""

    FREE = 0
    OPEN = 1
    CLOSED = 2
    CANCELED = 3
    ASSIGNED = 4
    FAILED = 5

    @property
    def ended(self) -> bool:
        return self in {TaskState.CLOSED, TaskState.CANCELED, TaskState.FAILED}


@dataclass(frozen=True)
class ArchRequest:
    """What an arch task was told to build.

    :param source: where from, at a fixed commit
    """

    nvr: NVR
    arch: str
    repo: RepoInfo
    source: str


@dataclass(frozen=True)
class Task:
    """A task as the hub shows it; times are the hub's, in seconds since 1970.

    :param host: the builder's name, or empty
    :param started: when it was opened last
    :param asked: None for a task that is not one of an image's arches
    """

    id: int
    method: str
    state: TaskState
    arch: str
    host: str
    created: float
    started: float | None
    completed: float | None
    asked: ArchRequest | None = None


@dataclass(frozen=True)
class Ending:
    """What an ended task left behind.

    :param result: of an arch task that succeeded
    :param error: the fault's text, or empty
    """

    result: ArchResult | None = None
    error: str = ""


@dataclass(frozen=True)
class Build:
    """A build that a task made; ``folder`` is its place below the hub's top folder."""

    nvr: NVR
    tags: tuple[str, ...]
    folder: str


class HubSilent(Exception):  # noqa: N818  # it is a state of the hub
    """The hub does not answer, or is offline; another try may work."""


class SubmitHub(Protocol):
    """Until there is a task. Needs a login."""

    def arches(self, target: str) -> tuple[str, ...]:
        """The arches a build for this target is for.

        :raises koji_imagebuild.errors.RequestError: when there is no such target
        """
        ...

    def upload(self, path: Path, folder: str) -> None:
        """Put a file into a folder below the hub's work folder."""
        ...

    def submit(self, arguments: Sequence[object], priority: int | None) -> int:
        """Create the task; its id."""
        ...

    def resubmit(
        self,
        origin: int,
        arches: Sequence[str],
        opts: Mapping[str, object],
        priority: int | None,
    ) -> int:
        """Create the task of a rebuild; its id."""
        ...


class WatchHub(Protocol):
    """While there is a task. Everybody may; every call raises :class:`HubSilent`."""

    def task(self, task_id: int) -> Task: ...

    def children(self, task_id: int) -> tuple[Task, ...]:
        """Its direct children, oldest first."""
        ...

    def log(self, task_id: int, name: str, offset: int, size: int) -> bytes:
        """A part of a task's file; a negative offset counts from its end. Empty without a file."""
        ...

    def ending(self, task: Task) -> Ending: ...

    def build(self, task_id: int) -> Build | None:
        """The build a task made, or none."""
        ...

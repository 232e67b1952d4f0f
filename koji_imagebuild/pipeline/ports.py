"""What the flows need from Koji and from the builder, and nothing more.

``adapters/`` implements these on a kojid; the tests of the flows implement them on fakes that keep
the hub's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from koji_imagebuild.errors import Told
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.model.rpms import Rpm, RpmList
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.target import BuildTag, RepoChoice, RepoInfo, Target
    from koji_imagebuild.tools.base import Command, Download


@dataclass(frozen=True)
class Checkout:
    """A source on this builder's disk.

    :param location: the same source at a fixed commit
    """

    folder: Path
    location: Location


class Sources(Protocol):
    """Fetches what is built from."""

    def fetch(self, location: Location, into: Path) -> Checkout:
        """Check out or unpack into a new folder below ``into``; it is empty for an empty location.

        :raises koji.BuildError: when the source is not allowed or cannot be fetched
        """
        ...

    def stock(self, downloads: Sequence[Download], root: Path) -> Iterable[tuple[Download, str]]:
        """Lay out below ``root`` what can be had; each with where from, or with nothing."""
        ...


class Desk(Protocol):
    """The task a flow runs in: its id, its scratch folder and its folder on the hub."""

    @property
    def task_id(self) -> int: ...

    @property
    def workdir(self) -> Path:
        """The task's own folder on the builder; it goes with the task."""
        ...

    def upload(self, path: Path, name: str) -> None:
        """Put a file into the task's folder on the hub; an older one of that name is replaced."""
        ...

    def say(self, text: str) -> None:
        """A line for the builder's log."""
        ...


@dataclass(frozen=True)
class Build:
    """A build the hub has a row for.

    :param source: where it is built from, as recorded when it was opened; may be empty
    """

    id: int
    nvr: NVR
    complete: bool
    source: str


class ParentHub(Protocol):
    """What a parent asks of the hub. Every call may be made twice."""

    def target(self, name: str) -> Target:
        """:raises koji_imagebuild.errors.RequestError: when there is none"""
        ...

    def build_tag(self, target: Target) -> BuildTag: ...

    def repository(self, tag: BuildTag, choice: RepoChoice) -> RepoInfo:
        """The chosen generation of a tag's repository; waits until it exists."""
        ...

    def same_repository(self, tag: BuildTag, repo: RepoInfo) -> RepoInfo:
        """An earlier build's generation; when it is gone, one of the same event.

        :raises koji_imagebuild.errors.PreflightError: when there can be none
        """
        ...

    def groups(self, tag: BuildTag, event: int) -> frozenset[str]:
        """Names of the comps groups of a tag."""
        ...

    def why_not_tagged(self, target: Target, name: str) -> Told | None:
        """Why a build of that name could not be tagged into the target's destination."""
        ...

    def knows_file_type(self, file_name: str) -> bool:
        """Whether the hub has an archive type for a file of this name."""
        ...

    def last_release(self, name: str, version: str) -> str | None: ...

    def next_release(self, name: str, version: str) -> str:
        """:raises koji.BuildError: when the hub cannot count on from the last release"""
        ...

    def own_build(self) -> Build | None:
        """The build that an earlier run of this task opened."""
        ...

    def open_build(self, name: str, version: str, release: str | None, source: str) -> Build:
        """Open a build; the hub chooses a release atomically when none is given."""
        ...

    def complete_build(self, build: Build, results: Mapping[str, object]) -> None: ...

    def fail_build(self, build: Build) -> None: ...

    def move_to_scratch(self, results: Mapping[str, object]) -> None: ...

    def tag_build(self, build: Build, target: Target) -> None:
        """Tag as the task's owner; done already is done. Who wants to know of a failure is told."""
        ...

    def unknown_rpms(self, rpms: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
        """NVRAs that an import would be refused for."""
        ...

    def missing_files(self, task_id: int, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these the folder of a task on the hub does not hold."""
        ...

    def image_folder(self, build: Build) -> str:
        """Where a build's images lie, for people."""
        ...


@dataclass(frozen=True)
class Child:
    """An arch task that exists already."""

    task_id: int
    arguments: tuple[object, ...]


@dataclass(frozen=True)
class Ended:
    """How an arch task ended: exactly one of result and error.

    :param error: the fault's text
    """

    task_id: int
    result: ArchResult | None = None
    error: str = ""


class Children(Protocol):
    """A parent's arch tasks, one an arch, labelled by arch: asking twice makes one."""

    def existing(self) -> Mapping[str, Child]:
        """What an earlier run of this task has spawned, by arch."""
        ...

    def spawn(self, method: str, arguments: list[object], arch: str) -> int: ...

    def wait_any(self, task_ids: Sequence[int]) -> tuple[Ended, ...]:
        """Sleep until at least one of them ended; none of them fails this call."""
        ...

    def cancel(self) -> None:
        """Cancel all that still run."""
        ...


@dataclass(frozen=True)
class Ran:
    """How a command in a build root ended.

    :param status: its exit status, as coreutils' ``timeout`` has it: 124 when its time was over
    :param signal: the signal that ended mock itself, or 0
    :param log: what it printed, on the builder
    :param seconds: how long it took
    """

    status: int
    signal: int
    log: Path
    seconds: float


class Root(Protocol):
    """A build root for one job."""

    @property
    def path(self) -> Path: ...

    @property
    def id(self) -> int: ...

    @property
    def logs(self) -> tuple[str, ...]:
        """Names of the logs that mock's side has put into the task's folder."""
        ...

    @property
    def free_space(self) -> int:
        """Bytes left for it on the builder."""
        ...

    def fill(self) -> None:
        """Install the tool's comps group.

        :raises koji_imagebuild.errors.PreflightError: when the group cannot be installed
        :raises koji_imagebuild.errors.Infrastructure: when another try may succeed
        """
        ...

    def run(self, commands: Sequence[Command], seconds: int) -> tuple[Ran, ...]:
        """Run commands in it as root, one after the other, up to the first that fails.

        Once in the build root is dear, so whatever can go together does. After ``seconds`` for all
        of them the one that runs gets SIGINT, then KILL.

        :returns: those that began; all but the last went well
        """
        ...

    def release(self) -> None:
        """Give it up: nothing of it stays mounted or attached."""
        ...

    def discard(self) -> None:
        """Remove what is in it, after :meth:`release`; where that fails it stays."""
        ...


class Roots(Protocol):
    """Where build roots come from."""

    def open(self, job: ArchJob[Any], tag: BuildTag) -> Root:
        """Prepare an empty one.

        :raises koji_imagebuild.errors.Infrastructure: when another try may succeed
        """
        ...


class ArchHub(Protocol):
    """What an arch task asks of the hub."""

    def build_tag(self, target: Target) -> BuildTag: ...

    def knows_file_type(self, file_name: str) -> bool: ...

    def resolve(self, rpms: Sequence[Rpm]) -> RpmList:
        """Look every RPM up in Koji, then in the tag's external repositories."""
        ...


class Fleet(Protocol):
    """The other builders, and how often this task went round already."""

    @property
    def host(self) -> str: ...

    @property
    def moves(self) -> int:
        """How many other builders had this task before."""
        ...

    def elsewhere(self) -> bool:
        """Whether another enabled builder of this arch and channel has not had or refused it."""
        ...


class Evidence(Protocol):
    """What is kept of a failure beside the logs."""

    def collect(self, root: Root) -> tuple[Path, ...]:
        """dnf's logs, kiwi's profile, disk space and block devices, as files."""
        ...

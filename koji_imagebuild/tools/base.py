"""The Tool protocol: all that differs between KIWI, image-builder and osbuild.

Not a tool's business: where ``/dev`` comes from, mount points, uploading, naming of the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from koji_imagebuild.model.artifact import Output
    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.ostree import OSTreeSource
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.rpms import Rpm
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.tools.diagnosis import Diagnosis
    from koji_imagebuild.tools.layout import Layout


@dataclass(frozen=True)
class Command:
    """One call into the build root.

    :param step: what it does, as people call it: "install packages"
    :param argv: run without a shell
    :param log: the task's log of it, flat: ``NN-step.log``
    """

    step: str
    argv: tuple[str, ...]
    log: str


@dataclass(frozen=True)
class Identity:
    """What the parent must know of a source before it asks the hub for a build.

    :param name: default name of the build
    :param file_names: a name of every kind of file the tool will produce for ``arch``, so that the
        hub can be asked whether it knows their types
    """

    name: str
    version: str
    file_names: tuple[str, ...]


@dataclass(frozen=True)
class Needs:
    """What the tool needs from the build root for this job.

    :param loop_devices: a loop device with partition nodes
    :param bubblewrap: bwrap, able to make its namespaces
    """

    loop_devices: bool = False
    bubblewrap: bool = False


@dataclass(frozen=True)
class Download:
    """A file that the tool downloads, unless it is there already.

    :param sha256: lower-case hex
    :param path: where the tool looks for it, in the build root
    """

    url: str
    sha256: str
    path: PurePosixPath

    @property
    def name(self) -> str:
        return PurePosixPath(self.url.partition("?")[0]).name


class Plan(Protocol):
    """What a tool made of a job in its build root, ready to run."""

    @property
    def needs(self) -> Needs:
        """What this build needs; the tool has said already what all of its builds need."""
        ...

    @property
    def details(self) -> Mapping[str, object]:
        """What the tool chose itself, for image-build.json."""
        ...

    @property
    def downloads(self) -> tuple[Download, ...]:
        """What may be long gone from where the tool would download it."""
        ...

    @property
    def records(self) -> tuple[Output, ...]:
        """Sidecars that tell what is going to be built; uploaded before the tool starts."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Decisions worth a line in the log."""
        ...


PlanT = TypeVar("PlanT", bound=Plan)


@dataclass(frozen=True)
class Collected:
    """What the tool says it made, unverified, and the RPMs inside.

    :param distribution: the image's own ``ID`` of os-release; empty when it does not say
    """

    outputs: tuple[Output, ...]
    rpms: tuple[Rpm, ...]
    distribution: str = ""


class Tool(Protocol[PlanT]):
    """An image tool, bound to what it is asked to build.

    Every method but :meth:`preliminary`, :meth:`prepare` and :meth:`collect` is pure, apart from
    reading the checkout in :meth:`identify`.
    """

    @property
    def name(self) -> str:
        """The word users type: kiwi, image-builder, manifest."""
        ...

    @property
    def install_group(self) -> str:
        """The comps group a build root is filled from."""
        ...

    @property
    def version_argv(self) -> tuple[str, ...]:
        """Prints the tool's version in the build root."""
        ...

    @property
    def needs(self) -> Needs:
        """What every build of this tool needs."""
        ...

    @property
    def location(self) -> Location:
        """Where the source is fetched from; empty when the request holds all of it."""
        ...

    def pinned(self, location: Location) -> Tool[PlanT]:
        """The same, with its source at a fixed commit."""
        ...

    @property
    def containers(self) -> tuple[Container, ...]:
        """Images in registries that its own options name, for the builder to fetch."""
        ...

    def with_containers(self, containers: tuple[Container, ...]) -> Tool[PlanT]:
        """The same, with these in the place of :attr:`containers`, one for one."""
        ...

    @property
    def registrations(self) -> str:
        """Name of the registrations it is lent until it has prepared its work; empty for none."""
        ...

    def commit(self, arch: str) -> OSTreeSource | None:
        """An OSTree commit that its own options name, for the builder to fetch."""
        ...

    def source_to_wire(self) -> dict[str, object]: ...

    def source_on_record(self) -> dict[str, object]:
        """The same for documents that everybody reads."""
        ...

    def options_to_wire(self) -> dict[str, object]:
        """The tool's part of ``opts``, without what was not given."""
        ...

    def check_options(self, options: BuildOptions) -> None:
        """Refuse what can be asked of other tools, but not of this one.

        :raises koji_imagebuild.errors.RequestError: saying which option
        """
        ...

    def identify(self, checkout: Path, arch: str) -> Identity:
        """Read name, version and expected outputs out of the source, and check it.

        :raises koji_imagebuild.errors.DescriptionError: for everything that a builder would only
            find out later: syntax, includes, unknown profile, type or attribute
        """
        ...

    def check_arches(self, arches: tuple[str, ...]) -> None:
        """Refuse options under which the files of these arches would have the same names.

        :raises koji_imagebuild.errors.RequestError: saying which option
        """
        ...

    def prepare(
        self, job: ArchJob[Tool[PlanT]], layout: Layout, checkout: Path, version: str
    ) -> PlanT:
        """Lay out the source inside the build root.

        :param checkout: the source inside the build root, as the builder sees it
        :param version: what :attr:`version_argv` printed
        :raises koji_imagebuild.errors.PreflightError: when that version is not supported
        """
        ...

    def preliminary(
        self, job: ArchJob[Tool[PlanT]], layout: Layout, checkout: Path, version: str
    ) -> tuple[Command, ...]:
        """Calls into the build root whose outcome :meth:`prepare` reads; their files are laid out.

        :param checkout: as for :meth:`prepare`
        :param version: as for :meth:`prepare`
        """
        ...

    def commands(
        self, job: ArchJob[Tool[PlanT]], layout: Layout, plan: PlanT
    ) -> tuple[Command, ...]:
        """Every call into the build root, in order. Pure: golden files hold the result."""
        ...

    def collect(self, job: ArchJob[Tool[PlanT]], layout: Layout, plan: PlanT) -> Collected:
        """What the tool says it made.

        :raises koji_imagebuild.errors.OutputRefused: when it says nothing, whatever it exited with
        """
        ...

    def diagnose(self, log: str) -> Diagnosis:
        """Find the decisive lines of a failure in the text of a command's log."""
        ...

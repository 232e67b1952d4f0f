"""The Tool protocol for kiwi."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.tools.base import Needs
from koji_imagebuild.tools.kiwi import (
    arguments,
    collect,
    diagnosis,
    identification,
    naming,
    preparation,
)
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.wire import Reader
    from koji_imagebuild.tools.base import Collected, Command, Identity, Tool
    from koji_imagebuild.tools.diagnosis import Diagnosis
    from koji_imagebuild.tools.kiwi.plan import KiwiPlan
    from koji_imagebuild.tools.layout import Layout

    KiwiJob = ArchJob[Tool[KiwiPlan]]


@dataclass(frozen=True)
class Kiwi:
    """kiwi, bound to a description and its options."""

    source: KiwiSource
    options: KiwiOptions

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> Kiwi:
        """As our own call is asked: files are called N-V-R.ARCH unless told otherwise."""
        options = KiwiOptions.read(opts)
        named = replace(options, bundle_format=options.bundle_format or naming.DEFAULT)
        return cls(KiwiSource.read(source), named)

    name = "kiwi"
    install_group = "kiwi-build"
    version_argv = ("kiwi-ng", "--version")
    needs = Needs()

    @property
    def location(self) -> Location:
        return self.source.location

    def pinned(self, location: Location) -> Kiwi:
        return replace(self, source=replace(self.source, location=location))

    containers = ()
    registrations = ""

    def with_containers(self, containers: tuple[Container, ...]) -> Kiwi:  # noqa: ARG002  # none
        return self

    def commit(self, arch: str) -> None:
        """None."""

    def source_to_wire(self) -> dict[str, object]:
        return self.source.to_wire()

    source_on_record = source_to_wire

    def options_to_wire(self) -> dict[str, object]:
        return self.options.to_wire()

    def check_options(self, options: BuildOptions) -> None:
        """Files are called by the last part of a container's path."""
        counts = Counter(container.stem for container in options.containers)
        for stem, count in counts.items():
            if count > 1:
                raise RequestError(
                    f"opts.containers: two would be the file {stem}.oci.tar",
                    repair="Build with one of them at a time, or give one another name",
                )

    def identify(self, checkout: Path, arch: str) -> Identity:
        tree = Tree(checkout, "the checkout")
        return identification.identify(tree, self.source.path, self.options, arch)

    def check_arches(self, arches: tuple[str, ...]) -> None:
        naming.check_bundle_format(self.options.bundle_format, arches)

    def preliminary(
        self,
        job: KiwiJob,  # noqa: ARG002  # the protocol's
        layout: Layout,
        checkout: Path,
        version: str,  # noqa: ARG002
    ) -> tuple[Command, ...]:
        if not self.options.make_prep:
            return ()
        place = Tree(checkout, "the checkout").path(self.source.path)
        folder = layout.inside(place if place.is_dir() else place.parent)
        return (arguments.make_prep(layout.work, folder),)

    def prepare(self, job: KiwiJob, layout: Layout, checkout: Path, version: str) -> KiwiPlan:
        return preparation.prepare(job, self, layout, checkout, version)

    def commands(
        self,
        job: KiwiJob,
        layout: Layout,  # noqa: ARG002  # the protocol's
        plan: KiwiPlan,
    ) -> tuple[Command, ...]:
        return arguments.commands(job, self.options, plan)

    def collect(
        self,
        job: KiwiJob,  # noqa: ARG002  # the protocol's
        layout: Layout,
        plan: KiwiPlan,
    ) -> Collected:
        return collect.collect(layout, plan)

    def diagnose(self, log: str) -> Diagnosis:
        return diagnosis.diagnose(log)

"""The Tool protocol for osbuild on manifests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools import registrations, side_loaded
from koji_imagebuild.tools.manifest import diagnosis, identification, plan
from koji_imagebuild.tools.manifest.asked import ManifestSource
from koji_imagebuild.tools.manifest.built import BuiltByOsbuild
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.wire import Reader
    from koji_imagebuild.tools.base import Command, Identity
    from koji_imagebuild.tools.diagnosis import Diagnosis
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.built import OsbuildJob
    from koji_imagebuild.tools.manifest.plan import OsbuildPlan


@dataclass(frozen=True)
class Manifest(BuiltByOsbuild):
    """osbuild, bound to manifests.

    :param registrations: to be put back where they were taken out; empty for none
    """

    source: ManifestSource
    registrations: str = ""

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> Manifest:
        return cls(ManifestSource.read(source), registrations.asked(opts) or "")

    name = "manifest"
    version_argv = ("osbuild", "--version")

    @property
    def location(self) -> Location:
        return self.source.location

    def pinned(self, location: Location) -> Manifest:
        return replace(self, source=replace(self.source, location=location))

    @property
    def containers(self) -> tuple[Container, ...]:
        return ()

    def with_containers(
        self,
        containers: tuple[Container, ...],  # noqa: ARG002  # the protocol's
    ) -> Manifest:
        return self

    def commit(self, arch: str) -> None:
        """None."""

    def source_to_wire(self) -> dict[str, object]:
        return self.source.to_wire()

    def source_on_record(self) -> dict[str, object]:
        return self.source.to_wire()

    def options_to_wire(self) -> dict[str, object]:
        return sparse(registrations=self.registrations or None)

    def check_options(self, options: BuildOptions) -> None:
        """A manifest names every package by its digest."""
        if options.name is not None:
            raise RequestError("opts.name: the source has the name already")
        if options.repos or options.use_buildroot_repo is not None:
            raise RequestError(
                "opts.repos: a manifest says itself where each package comes from",
                repair="Leave repositories out",
            )

    def identify(self, checkout: Path, arch: str) -> Identity:
        tree = Tree(checkout, "the source")
        return identification.identify(tree, self.source, arch, self.registrations)

    def check_arches(self, arches: tuple[str, ...]) -> None:
        if len(arches) > 1:
            raise RequestError(
                f"A manifest is for one arch, and this build is for {', '.join(arches)}",
                repair="Give --arch",
            )

    def preliminary(
        self,
        job: OsbuildJob,
        layout: Layout,
        checkout: Path,  # noqa: ARG002  # the protocol's
        version: str,  # noqa: ARG002
    ) -> tuple[Command, ...]:
        return side_loaded.into_storage(job, layout.work)

    def prepare(self, job: OsbuildJob, layout: Layout, checkout: Path, version: str) -> OsbuildPlan:
        plan.check_version(version)
        return plan.plan(job, self, layout, checkout)

    def diagnose(self, log: str) -> Diagnosis:
        return diagnosis.diagnose(log)

"""The Tool protocol for image-builder: it resolves packages, and osbuild builds its manifests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model.metadata import public
from koji_imagebuild.model.ostree import OSTreeSource
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools import side_loaded
from koji_imagebuild.tools.base import Identity
from koji_imagebuild.tools.image_builder import (
    arguments,
    diagnosis,
    image_types,
    plan,
    preparation,
)
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource
from koji_imagebuild.tools.manifest import diagnosis as osbuild
from koji_imagebuild.tools.manifest.built import BuiltByOsbuild
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.wire import Reader
    from koji_imagebuild.tools.base import Command
    from koji_imagebuild.tools.diagnosis import Diagnosis
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.built import OsbuildJob
    from koji_imagebuild.tools.manifest.plan import OsbuildPlan


@dataclass(frozen=True)
class ImageBuilder(BuiltByOsbuild):
    """image-builder, bound to image types and its options."""

    source: ImageBuilderSource
    options: ImageBuilderOptions

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> ImageBuilder:
        return cls(ImageBuilderSource.read(source), ImageBuilderOptions.read(opts))

    name = "image-builder"
    version_argv = arguments.VERSION

    @property
    def location(self) -> Location:
        """Of the distribution's definitions; empty for those that image-builder brings."""
        return self.source.definitions

    def pinned(self, location: Location) -> ImageBuilder:
        return replace(self, source=replace(self.source, definitions=location))

    @property
    def containers(self) -> tuple[Container, ...]:
        return self.options.bootc.containers

    def with_containers(self, containers: tuple[Container, ...]) -> ImageBuilder:
        bootc = self.options.bootc.with_containers(containers)
        return replace(self, options=replace(self.options, bootc=bootc))

    @property
    def registrations(self) -> str:
        return self.options.registrations or ""

    def commit(self, arch: str) -> OSTreeSource | None:
        """What a new commit follows, or else what is deployed."""
        ostree = self.options.ostree.expanded(arch, arguments.release_of(self.options.distro))
        ref = ostree.parent or ostree.ref
        return None if ostree.url is None or ref is None else OSTreeSource(ostree.url, ref)

    def source_to_wire(self) -> dict[str, object]:
        return self.source.to_wire()

    def source_on_record(self) -> dict[str, object]:
        """A blueprint may hold hashes of passwords: its digest has to do."""
        blueprint = self.source.blueprint
        record = {**self.source.to_wire(), "defs_url": public(self.location.text) or None}
        return sparse(**{**record, "blueprint": None if blueprint is None else blueprint.digest})

    def options_to_wire(self) -> dict[str, object]:
        return self.options.to_wire()

    def check_options(self, options: BuildOptions) -> None:
        """image-builder takes addresses of repositories and nothing else about them."""
        if options.name is not None:
            raise RequestError("opts.name: the source has the name already")
        for repo in (*options.repos, *self.options.extra_repos):
            if isinstance(repo.to_wire(), dict):
                raise RequestError(
                    f"opts.repos: {repo.url} has a kind, priority or key,"
                    " and image-builder takes plain addresses only"
                )
            if "$releasever" in repo.url and arguments.release_of(self.options.distro) is None:
                raise RequestError(
                    f"opts.repos: {repo.url} holds $releasever, and no distro tells its value",
                    repair="Give --distro, or write the release into the address",
                )

    def identify(self, checkout: Path, arch: str) -> Identity:
        if (
            self.location.text
            and not Tree(checkout, "the checkout").path(self.source.definitions_path).is_dir()
        ):
            raise DescriptionError(
                f"{self.source.definitions_path} is not a folder, definitions lie in one"
            )
        stem = f"{self.source.name}-{self.source.version}-1.{arch}"
        suffixes = filter(None, map(image_types.suffix, self.source.types))
        return Identity(
            self.source.name,
            self.source.version,
            tuple(f"{stem}.{suffix}" for suffix in (*suffixes, "osbuild-manifest.json")),
        )

    def check_arches(self, arches: tuple[str, ...]) -> None:
        """Every name holds its arch."""

    def preliminary(
        self, job: OsbuildJob, layout: Layout, checkout: Path, version: str
    ) -> tuple[Command, ...]:
        """Containers come first; then image-builder writes manifest and SBOMs, one call a type."""
        preparation.check_version(version)
        preparation.take_commit(layout)
        files = preparation.files(self.source, layout, checkout)
        preparation.lay_out(self.source, layout, files)
        manifests = (
            arguments.manifest(job, self.options, kind, files, number)
            for number, kind in enumerate(self.source.types)
        )
        return (*side_loaded.into_storage(job, layout.work), *manifests)

    def prepare(
        self,
        job: OsbuildJob,
        layout: Layout,
        checkout: Path,
        version: str,  # noqa: ARG002  # the protocol's
    ) -> OsbuildPlan:
        return plan.plan(job, self, layout, preparation.files(self.source, layout, checkout))

    def diagnose(self, log: str) -> Diagnosis:
        if diagnosis.said_an_error(log):
            return diagnosis.diagnose(log)
        return osbuild.diagnose(log)

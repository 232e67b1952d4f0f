"""image-builder's argument lists: pure, so that golden files can hold them.

Flags: cmd/image-builder/cmd.go and main.go of github.com/osbuild/image-builder, version 79. A
boolean takes its value behind ``=`` only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from koji_imagebuild.tools import contained, registrations
from koji_imagebuild.tools.base import Command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions

#: Prints both versions in one line; a build root without osbuild has an empty one.
VERSION = (
    "/bin/sh",
    "-c",
    'versions=$(image-builder version --format json) && printf %s "$versions" | tr -d "\\n "',
)


@dataclass(frozen=True)
class Files:
    """What image-builder is given and what it makes, as the build root sees it.

    :param work: the folder with all of it but the definitions
    :param customized: whether there is a blueprint
    :param definitions: folder with a distribution's own, or None
    :param mirror: OSTree repository that stands for the one that was asked for, or None
    """

    work: PurePosixPath
    customized: bool = False
    definitions: PurePosixPath | None = None
    mirror: PurePosixPath | None = None

    @property
    def script(self) -> PurePosixPath:
        """Runs image-builder and keeps what it prints."""
        return self.work / "manifest.sh"

    @property
    def mirrored(self) -> PurePosixPath:
        """Runs image-builder with :attr:`mirror`."""
        return self.work / "mirrored.sh"

    @property
    def registrations(self) -> PurePosixPath:
        """Lent by the builder."""
        return registrations.place(self.work.parent)

    @property
    def blueprint(self) -> PurePosixPath:
        return self.work / "blueprint.json"

    def folder(self, kind: str) -> PurePosixPath:
        """Where the manifest and the SBOMs of a type go."""
        return self.work / kind

    def manifest(self, kind: str) -> PurePosixPath:
        return self.folder(kind) / "manifest.json"


def manifest(
    job: ArchJob[Any], options: ImageBuilderOptions, kind: str, files: Files, number: int
) -> Command:
    """Resolve the packages of a type and write its manifest.

    :param number: of the type, from 0: it goes into the log's name
    """
    releasever = release_of(options.distro)
    words = (
        *("image-builder", "manifest", "--with-sbom"),
        # With librepo a manifest names mirrors, and not where each package came from.
        "--use-librepo=false",
        f"--seed={seed(options, job.nvr)}",
        f"--output-dir={files.folder(kind)}",
        f"--rpmmd-cache={files.work / 'metadata'}",
        *_repositories(job, options, releasever),
        *_optional(options, files, job.arch),
        kind,
    )
    return Command(
        step="resolve packages",
        argv=(
            *contained.argv(files.work.parent),
            *("/bin/sh", str(files.script), str(files.folder(kind))),
            *_mirrored(job, options, files),
            *words,
        ),
        log=f"{10 + number}-image-builder-{kind}.log",
    )


def _repositories(
    job: ArchJob[Any], options: ImageBuilderOptions, releasever: str | None
) -> Iterator[str]:
    """All are forced: ``--extra-repo`` is beside image-builder's own only, which forced ones
    replace (pkg/manifestgen/manifestgen.go, OverrideRepos).
    """
    extra = (repo.expanded(job.arch, releasever) for repo in options.extra_repos)
    return _named("force-repo", *(repo.url for repo in (*job.repos(releasever), *extra)))


def _optional(options: ImageBuilderOptions, files: Files, arch: str) -> Iterator[str]:
    ostree = options.ostree.expanded(arch, release_of(options.distro))
    bootc = options.bootc
    yield from _named("distro", options.distro)
    yield from _named("blueprint", files.blueprint if files.customized else None)
    yield from _named("force-defs-dir", files.definitions)
    yield from _named("image-size", options.image_size)
    yield from _named("registrations", files.registrations if options.registrations else None)
    if files.mirror is None:
        yield from _named("ostree-url", ostree.url)
    yield from _named("ostree-ref", ostree.ref)
    yield from _named("ostree-parent", ostree.parent)
    yield from _named("bootc-ref", _local(bootc.ref))
    yield from _named("bootc-build-ref", _local(bootc.build_ref))
    yield from _named("bootc-installer-payload-ref", _local(bootc.installer_payload_ref))
    yield from _named("bootc-default-fs", bootc.default_fs)
    if options.preview is not None:
        yield f"--preview={'true' if options.preview else 'false'}"


def _mirrored(job: ArchJob[Any], options: ImageBuilderOptions, files: Files) -> tuple[str, ...]:
    ostree = options.ostree.expanded(job.arch, release_of(options.distro))
    if files.mirror is None:
        return ()
    return ("/bin/sh", str(files.mirrored), str(files.mirror), str(ostree.url))


def _local(container: Container | None) -> str | None:
    """As the build root has it; an installed system follows that name, not the digest."""
    return None if container is None else container.local


def _named(flag: str, *values: object) -> Iterator[str]:
    """One word each: a value never becomes a flag."""
    return (f"--{flag}={value}" for value in values if value is not None)


def seed(options: ImageBuilderOptions, nvr: NVR) -> int:
    """The seed of all UUIDs: the one that was given, or one that the build's N-V-R decides."""
    if options.seed is not None:
        return options.seed
    return int.from_bytes(hashlib.sha256(str(nvr).encode()).digest()[:4], "big") >> 1


def release_of(distro: str | None) -> str | None:
    """``$releasever`` of a distribution such as ``fedora-44``."""
    return None if distro is None or "-" not in distro else distro.rpartition("-")[2]

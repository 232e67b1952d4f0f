"""What image-builder made of a job: manifests, which osbuild builds from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.tools.image_builder import arguments
from koji_imagebuild.tools.manifest import document, run, withheld
from koji_imagebuild.tools.manifest.plan import OsbuildPlan, on_record
from koji_imagebuild.tools.manifest.run import Run
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.tools.image_builder.arguments import Files
    from koji_imagebuild.tools.image_builder.tool import ImageBuilder
    from koji_imagebuild.tools.layout import Layout

# A distribution's name with a dot in it ends up in the middle (image-builder 79), so files are told
# by their ends.
_SBOM = re.compile(r"\.((?:buildroot|image)-[A-Za-z0-9_-]+\.spdx\.json)\Z")
_CHOSEN = re.compile(r'No distro name specified, selecting "([^"]+)" based on host')
_MAX_MESSAGES: Final = 1 << 20


def plan(job: ArchJob[Any], asked: ImageBuilder, layout: Layout, files: Files) -> OsbuildPlan:
    """Read what image-builder wrote.

    :raises DescriptionError: for a manifest that cannot be built from
    """
    tree = Tree(layout.root, "the build root")
    kinds = asked.source.types
    manifests = {kind: tree.read(_inside(files.manifest(kind)), document.LARGEST) for kind in kinds}
    if asked.registrations:
        manifests = _without_registrations(manifests, asked.registrations, layout, files)
    runs = tuple(_run(job, kind, files, manifests[kind], several=len(kinds) > 1) for kind in kinds)
    sboms = tuple(sbom for each in runs for sbom in _sboms(tree, files, each))
    distro = asked.options.distro or _chosen_distro(tree, files, kinds[0])
    seed = arguments.seed(asked.options, job.nvr)
    blueprint = asked.source.blueprint
    return OsbuildPlan(
        runs=runs,
        records=(*run.records(runs, layout), *sboms),
        notes=(f"image-builder made {', '.join(kinds)} of {distro}, seed {seed}",),
        details={
            "distro": distro,
            # A string: JSON readers take numbers of 64 bits for floats.
            "seed": str(seed),
            "blueprint": None if blueprint is None else blueprint.digest,
            "images": [on_record(each, manifests[each.image_type]) for each in runs],
        },
    )


def _without_registrations(
    manifests: Mapping[str, bytes], name: str, layout: Layout, files: Files
) -> dict[str, bytes]:
    """The manifests as they are kept, which osbuild builds from."""
    secret = withheld.lent(name, layout)
    for kind in manifests:
        # What cannot be kept does not stay in the build root of a failure either.
        layout.on_builder(files.manifest(kind)).unlink()
    kept = {kind: withheld.withhold(manifests[kind], secret, kind) for kind in manifests}
    for kind, content in kept.items():
        layout.on_builder(files.manifest(kind)).write_bytes(content)
    withheld.store(secret, layout)
    return kept


def _run(job: ArchJob[Any], kind: str, files: Files, content: bytes, *, several: bool) -> Run:
    read = document.read(content, f"image-builder's manifest of {kind}")
    return Run(
        manifest=files.manifest(kind),
        document=read,
        export=read.export(None),
        stem=run.stem(job.nvr, job.arch, kind, several=several),
        image_type=kind,
    )


def _sboms(tree: Tree, files: Files, each: Run) -> Iterator[Output]:
    """image-builder's own: of the image, and of what builds it."""
    for path in sorted(tree.path(_inside(files.folder(each.image_type))).iterdir()):
        if found := _SBOM.search(path.name):
            yield Output(path, f"{each.stem}.{found.group(1)}", Kind.SIDECAR, each.image_type)


def _chosen_distro(tree: Tree, files: Files, kind: str) -> str:
    """The distribution that a blueprint does not name either is the build root's own."""
    said = tree.read(_inside(files.folder(kind) / "messages"), _MAX_MESSAGES)
    found = _CHOSEN.search(said.decode(errors="replace"))
    return found.group(1) if found else ""


def _inside(path: PurePosixPath) -> str:
    return str(path.relative_to("/"))

"""What a job became in its build root."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.tools.manifest import document, run, withheld
from koji_imagebuild.tools.manifest.run import Run
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

    from koji_imagebuild.model.artifact import Output
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.tools.base import Download, Needs
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.asked import Image
    from koji_imagebuild.tools.manifest.tool import Manifest

#: osbuild; before it, source files of some kinds are downloaded again although they are there.
OLDEST: Final = 190
_VERSION = re.compile(r"osbuild (?P<version>\d+)")


@dataclass(frozen=True)
class OsbuildPlan:
    """Everything osbuild needs; image-builder's manifests are built by the same plan."""

    runs: tuple[Run, ...]
    records: tuple[Output, ...]
    notes: tuple[str, ...]
    details: Mapping[str, object]
    downloads: tuple[Download, ...] = ()

    @property
    def needs(self) -> Needs:
        return run.needs(self.runs)


def check_version(printed: str) -> None:
    """Refuse what was never seen to work.

    :param printed: such as ``osbuild 191``
    :raises PreflightError: naming both versions
    """
    found = _VERSION.search(printed)
    if not found or int(found["version"]) < OLDEST:
        raise PreflightError(
            f"The build root has {printed.strip() or 'no osbuild'};"
            f" osbuild {OLDEST} is the oldest that is supported",
            repair="Put a newer one into the build tag",
        )


def plan(job: ArchJob[Any], asked: Manifest, layout: Layout, checkout: Path) -> OsbuildPlan:
    """Read every manifest, and lay out what runs osbuild on it.

    :param checkout: the folder with the manifests, as the builder sees it
    :raises DescriptionError: for a manifest that cannot be built from
    """
    tree, source = Tree(checkout, "the source"), asked.source
    several = len(source.images) > 1
    contents = {image.file: tree.read(image.file, document.LARGEST) for image in source.images}
    runs = tuple(
        _run(
            job, image, layout.inside(tree.file(image.file)), contents[image.file], several=several
        )
        for image in source.images
    )
    run.lay_out(layout)
    for each in runs:
        withheld.check(each.document, each.manifest.name, asked.registrations)
        if asked.registrations:
            withheld.put_back(each.document, each.manifest.name, asked.registrations, layout)
    return OsbuildPlan(
        runs=runs,
        records=run.records(runs, layout),
        notes=tuple(f"osbuild builds {each.export} of {each.manifest.name}" for each in runs),
        details={"images": [on_record(each, contents[each.manifest.name]) for each in runs]},
        downloads=run.downloads(runs, layout.work),
    )


def on_record(each: Run, content: bytes) -> dict[str, str]:
    """What image-build.json tells of an image.

    :param content: the manifest's
    """
    return {
        "type": each.image_type,
        "export": each.export,
        "artifact": each.document.pipeline(each.export).file,
        "manifest": hashlib.sha256(content).hexdigest(),
    }


def _run(
    job: ArchJob[Any], image: Image, manifest: PurePosixPath, content: bytes, *, several: bool
) -> Run:
    read = document.read(content, image.file)
    export = read.export(image.export)
    kind = image.type or export
    return Run(
        manifest=manifest,
        document=read,
        export=export,
        stem=run.stem(job.nvr, job.arch, kind, several=several),
        image_type=kind,
    )

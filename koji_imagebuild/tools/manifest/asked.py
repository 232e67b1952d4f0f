"""What can be asked: manifests, and what to export of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.kept import KeptFile
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import Reader, sparse
from koji_imagebuild.tools.manifest.run import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from koji_imagebuild.model.nvr import NVR

#: What the command line calls the file it uploads.
UPLOADED = "manifest.json"
# N-V-R.TYPE.ARCH, where a build has several images.
_TYPE = re.compile(
    r"\.(?P<type>[A-Za-z0-9_][A-Za-z0-9_+-]*)\.[a-z0-9_]+" + re.escape(SUFFIX) + r"\Z"
)


@dataclass(frozen=True)
class Image:
    """One image.

    :param file: name of its manifest in the source's folder
    :param export: name of the pipeline; None is the only one that no other uses
    :param type: image-builder's word for it; empty when nobody said
    """

    file: str
    export: str | None = None
    type: str = ""

    def __post_init__(self) -> None:
        if self.export is not None:
            names.word(self.export, "source.export")
        if self.type:
            names.word(self.type, "source.type")


@dataclass(frozen=True)
class ManifestSource:
    """Where manifests are, and what of them is built.

    :param location: an upload, or files of an earlier build
    """

    name: str
    version: str
    location: Location
    images: tuple[Image, ...]

    def __post_init__(self) -> None:
        names.package_name(self.name, "source.name")
        names.version(self.version, "source.version")
        if self.location.url or not self.location.text:
            raise RequestError("source: exactly one of upload and archive is needed")

    @classmethod
    def read(cls, reader: Reader) -> ManifestSource:
        """From the hub call's ``source``: one image."""
        location = read_location(reader)
        file = location.archives[0].file if location.archives else UPLOADED
        source = cls(
            name=reader.required("name"),
            version=reader.required("version"),
            location=location,
            images=(Image(file, reader.text("export")),),
        )
        reader.finish()
        return source

    @classmethod
    def kept(cls, task_id: int, nvr: NVR, sums: Iterable[tuple[str, str]]) -> ManifestSource | None:
        """From what an earlier arch task left; None when there is no manifest among it.

        :param sums: names and SHA-256 of its files
        """
        files = [KeptFile(task_id, nvr, *pair) for pair in sums if pair[0].endswith(SUFFIX)]
        if not files:
            return None
        stem = str(nvr)
        types = (_TYPE.match(kept.file.removeprefix(stem)) for kept in files)
        images = (
            Image(kept.file, type=found["type"] if found else "")
            for kept, found in zip(files, types)
        )
        return cls(nvr.name, nvr.version, Location(archives=tuple(files)), tuple(images))

    def to_wire(self) -> dict[str, object]:
        """As :meth:`read` takes it; of several images only arch tasks know."""
        if len(self.images) == 1:
            where = {**self.location.to_wire(), **sparse(export=self.images[0].export)}
        else:
            where = {"archive": [kept.place for kept in self.location.archives]}
        return {"name": self.name, "version": self.version, **where}


def read_location(reader: Reader) -> Location:
    """An upload or an archive, with its digest."""
    sha256, archive = reader.text("sha256") or "", reader.text("archive")
    upload = reader.text("upload") or ""
    if archive is None:
        return Location(upload=upload, sha256=sha256)
    if upload:
        raise RequestError(f"{reader.where}: exactly one of upload and archive is needed")
    return Location(archives=(KeptFile.read(archive, sha256, f"{reader.where}.archive"),))

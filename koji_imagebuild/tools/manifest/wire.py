"""Manifests in the arguments of ``imageBuilderBuildArch``, which are image-builder's.

Types are ``manifest:EXPORT``. A builder with koji-image-builder hands them to image-builder, which
has no such type: it fails instead of building something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import Reader, sparse
from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.manifest.asked import UPLOADED as UPLOADED_FILE
from koji_imagebuild.tools.manifest.asked import Image, ManifestSource, read_location
from koji_imagebuild.tools.manifest.tool import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PREFIX: Final = "manifest:"
_KEY: Final = "manifests"


def types(tool: Manifest) -> list[str]:
    """The task's ``types``."""
    return [f"{_PREFIX}{image.export or ''}" for image in tool.source.images]


def options(tool: Manifest) -> dict[str, object]:
    """What is added to ``opts``: where each manifest is."""
    location, images = tool.source.location, tool.source.images
    kept = {archive.file: archive for archive in location.archives}
    return {
        _KEY: [
            {
                **(Location(archives=(kept[image.file],)) if kept else location).to_wire(),
                **sparse(type=image.type or None),
            }
            for image in images
        ],
        **tool.options_to_wire(),
    }


def is_manifest(types: Sequence[str]) -> bool:
    return bool(types) and all(one.startswith(_PREFIX) for one in types)


def source(opts: Reader) -> str:
    """Where from, for people."""
    return " ".join(location.text for location, _ in _items(opts))


def read(types: Sequence[str], name: str, version: str, opts: Reader) -> Manifest:
    """The tool behind an arch task.

    :raises RequestError: naming what is wrong
    """
    found = list(_items(opts))
    if len(found) != len(types):
        raise RequestError(f"opts.{_KEY}: there are {len(types)} types and {len(found)} manifests")
    images = []
    for export, (location, kind) in zip(types, found):
        file = location.archives[0].file if location.archives else UPLOADED_FILE
        images.append(Image(file, export.removeprefix(_PREFIX) or None, kind))
    location = _joined([each for each, _ in found])
    source = ManifestSource(name, version, location, tuple(images))
    return Manifest(source, registrations.asked(opts) or "")


def _items(opts: Reader) -> Iterator[tuple[Location, str]]:
    for where, value in opts.items(_KEY):
        one = Reader(value, where)
        location, kind = read_location(one), one.text("type") or ""
        one.finish()
        yield location, kind


def _joined(locations: Sequence[Location]) -> Location:
    if len(locations) == 1:
        return locations[0]
    if any(one.upload for one in locations):
        raise RequestError(f"opts.{_KEY}: only one manifest can be uploaded")
    return Location(archives=tuple(kept for one in locations for kept in one.archives))

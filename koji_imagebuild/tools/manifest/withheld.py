"""Registrations, taken out of a manifest that is kept, and given to osbuild beside it.

Manifests have them in one item of their inline source, named by its SHA-256. osbuild decodes no
item that is in its store already (sources/org.osbuild.inline of its version 191), so it builds from
the very manifest that is kept.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import DescriptionError, OutputRefused, PreflightError
from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.manifest import document, run
from koji_imagebuild.tools.manifest.sources import INLINE, WITHHELD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.document import Manifest
    from koji_imagebuild.tools.registrations import Registrations


def withhold(manifest: bytes, secret: Registrations, image: str) -> bytes:
    """What image-builder wrote, without the registrations; all else keeps its bytes.

    :param image: for messages
    :raises DescriptionError: when it has none
    :raises OutputRefused: when the key is elsewhere in it too
    """
    data = base64.b64encode(secret.file).decode()
    kept = manifest.replace(f'"{data}"'.encode(), f'"{WITHHELD}"'.encode())
    if document.read(kept, f"image-builder's manifest of {image}").withheld != {secret.checksum}:
        raise DescriptionError(
            f"image-builder puts no registrations into {image}", repair="Leave --registrations out"
        )
    key = re.compile(rf"(?<![\w-]){re.escape(secret.activation_key)}(?![\w-])")
    if any(key.search(text) for text in _texts(json.loads(kept))):
        raise OutputRefused(
            f"The manifest of {image} has the activation key where it cannot be taken out",
            repair="Give the key another name if it is an ordinary word",
        )
    return kept


def check(manifest: Manifest, file: str, name: str) -> None:
    """See that registrations are named if and only if there is a place for them.

    :param name: empty where none are named
    :raises DescriptionError: saying which option repairs it
    """
    if manifest.withheld and not name:
        raise DescriptionError(
            f"{file} was kept without the registrations that its image has",
            repair="Give --registrations NAME: the image-build.json beside it has the name",
        )
    if name and not manifest.withheld:
        raise DescriptionError(
            f"{file} has no place for registrations", repair="Leave --registrations out"
        )


def put_back(manifest: Manifest, file: str, name: str, layout: Layout) -> None:
    """Give osbuild what was taken out of a manifest.

    :raises PreflightError: when the builder has other registrations of that name now
    """
    secret = lent(name, layout)
    if manifest.withheld != {secret.checksum}:
        raise PreflightError(
            f"{file} is of an image with other registrations than this builder has as {name}",
            repair="They were changed since, or this builder never had the same:"
            " build anew, without the manifest (koji image-rebuild-local --fresh-repo)",
        )
    store(secret, layout)


def lent(name: str, layout: Layout) -> Registrations:
    """The file that is in the build root while a tool prepares its work."""
    content = layout.on_builder(registrations.place(layout.work)).read_bytes()
    return registrations.read(content, name, name)


def item(secret: Registrations, layout: Layout) -> Path:
    """What osbuild builds from instead of what was taken out, as the builder sees it."""
    return layout.on_builder(run.files(layout.work) / secret.checksum)


def store(secret: Registrations, layout: Layout) -> None:
    """Put it where osbuild looks first; only root may read it, in the image too."""
    path = item(secret, layout)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600, exist_ok=False)
        path.write_bytes(secret.file)


def _texts(manifest: Any) -> Iterator[str]:
    """All that stages are told, and every file that is inline."""
    yield from _strings(manifest["pipelines"])
    for item in manifest["sources"][INLINE]["items"].values():
        if item["data"] != WITHHELD:
            yield base64.b64decode(item["data"]).decode(errors="replace")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _strings(list(pair))
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)

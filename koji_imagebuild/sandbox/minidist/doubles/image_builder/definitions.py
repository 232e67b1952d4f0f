"""Definitions of distributions and image types that a user brings, as ``--force-defs-dir``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .flags import UsageError
from .imagetypes import DISTROS, Distro, Form, ImageType

if TYPE_CHECKING:
    from collections.abc import Iterator


def known(folder: str) -> tuple[Distro, ...]:
    """All distributions. :param folder: whose definitions count instead of our own, or empty"""
    if not folder:
        return DISTROS
    print(f'WARNING: using experimental --force-defs-dir from "{folder}"', file=sys.stderr)
    return tuple(_distros(Path(folder)))


def _distros(folder: Path) -> Iterator[Distro]:
    """Read a folder laid out as image-builder's. Its files are YAML, here the part that is JSON.

    :raises UsageError: when they cannot be read
    """
    for file in sorted(folder.glob("*.yaml")):
        for given in _read(file)["distros"]:
            types = _read(folder / given["defs_path"] / "imagetypes.yaml")["image_types"]
            runner = given["runner"]
            yield Distro(
                given["name"],
                tuple(_image_type(name, each) for name, each in types.items()),
                runner["name"],
                tuple(runner["build_packages"]),
            )


def _image_type(name: str, given: Any) -> ImageType:
    return ImageType(
        name,
        given["filename"],
        Form(given["exports"][0]),
        tuple(each["arch"] for each in given["platforms"]),
        tuple(given.get("name_aliases", ())),
        ostree="ostree" in given,
        packages=tuple(given["package_sets"]["os"][0]["include"]),
    )


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot load distro definitions: {file}: {error}") from None

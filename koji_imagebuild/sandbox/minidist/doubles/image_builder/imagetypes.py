"""The distributions and image types that this image-builder knows."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from .flags import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALL = ("aarch64", "ppc64le", "s390x", "x86_64")
_TWO = ("aarch64", "x86_64")


class Form(Enum):
    """What the last pipelines of a type make."""

    QCOW2 = "qcow2"
    RAW = "image"
    RAW_XZ = "xz"
    RAW_ZST = "zstd"
    TAR = "archive"
    CONTAINER = "container"
    ISO = "bootiso"
    COMMIT = "commit-archive"


@dataclass(frozen=True)
class ImageType:
    """:param filename: of the artifact in the tree that is exported"""

    name: str
    filename: str
    form: Form
    arches: tuple[str, ...] = _TWO
    aliases: tuple[str, ...] = ()
    ostree: bool = False
    bootc: bool = False
    packages: tuple[str, ...] = ("minidist-filesystem", "minidist-release", "busybox")

    @property
    def export(self) -> str:
        return self.form.value

    @property
    def extension(self) -> str:
        """With its dot: everything after the first one of the file name."""
        return "." + self.filename.partition(".")[2]


@dataclass(frozen=True)
class Distro:
    """:param runner: of the pipelines that are built in its build root"""

    name: str
    types: tuple[ImageType, ...]
    runner: str = ""
    build_packages: tuple[str, ...] = field(default=("minidist-filesystem", "busybox"))


_FEDORA = (
    ImageType("generic-qcow2", "disk.qcow2", Form.QCOW2, _ALL, ("qcow2", "guest-image")),
    ImageType("minimal-raw-xz", "disk.raw.xz", Form.RAW_XZ, aliases=("minimal-raw",)),
    ImageType("minimal-raw-zst", "disk.raw.zst", Form.RAW_ZST),
    ImageType("generic-container", "container.tar", Form.CONTAINER, _ALL, ("container",)),
    ImageType("iot-commit", "commit.tar", Form.COMMIT, aliases=("fedora-iot-commit",), ostree=True),
    ImageType("minimal-installer", "installer.iso", Form.ISO, aliases=("image-installer",)),
    ImageType("generic-ami", "image.raw", Form.RAW, aliases=("ami", "aws")),
)
#: Its name has a dot, which image-builder's names for SBOMs do not survive.
_DOTTED = (ImageType("tar", "root.tar.xz", Form.TAR),)
_BOOTC = (
    ImageType("qcow2", "disk.qcow2", Form.QCOW2, _ALL, bootc=True, packages=()),
    ImageType("raw", "disk.raw", Form.RAW, _ALL, bootc=True, packages=()),
)

DISTROS = (
    Distro("minidist-1", _FEDORA, "org.osbuild.minidist1"),
    Distro("fedora-43", _FEDORA, "org.osbuild.fedora43"),
    Distro("almalinux-9.5", _DOTTED, "org.osbuild.almalinux95"),
)
BOOTC = Distro("bootc", _BOOTC, "org.osbuild.linux")


def known(definitions: str) -> tuple[Distro, ...]:
    """All distributions. :param definitions: folder of ``--force-defs-dir``, instead of our own"""
    if not definitions:
        return DISTROS
    print(f'WARNING: using experimental --force-defs-dir from "{definitions}"', file=sys.stderr)
    return tuple(_defined(Path(definitions)))


def find(
    distros: tuple[Distro, ...], distro: str, kind: str, arch: str
) -> tuple[Distro, ImageType]:
    """Find one type; every word may have its prefix, as ``list`` prints it.

    :raises UsageError: when there is none
    """
    distro, kind, arch = (
        word[len(prefix) :] if word.startswith(prefix) else word
        for word, prefix in ((distro, "distro:"), (kind, "type:"), (arch, "arch:"))
    )
    for word in (distro, kind, arch):
        if set(word) & set("*?[]{}\\"):
            raise UsageError(f'cannot use globs in "{word}" when getting a single image')
    for each in distros:
        for image in each.types:
            if (
                each.name == distro
                and arch in image.arches
                and kind in (image.name, *image.aliases)
            ):
                return each, image
    raise UsageError(f'cannot find image for: distro:"{distro}" type:"{kind}" arch:"{arch}"')


def _defined(folder: Path) -> Iterator[Distro]:
    """Definitions of a folder as image-builder has them: YAML, here only that part which is JSON.

    :raises UsageError: when the folder has none, or they cannot be read
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise UsageError(f"cannot load distro definitions: no *.yaml files in {folder}")
    for file in files:
        for distro in _read(file)["distros"]:
            where = folder / distro["defs_path"] / "imagetypes.yaml"
            types = tuple(
                ImageType(
                    name,
                    given["filename"],
                    Form(given["exports"][0]),
                    tuple(each["arch"] for each in given.get("platforms", [])) or _ALL,
                    tuple(given.get("name_aliases", ())),
                    packages=tuple(given["package_sets"]["os"][0]["include"]),
                )
                for name, given in _read(where)["image_types"].items()
            )
            runner = distro.get("runner", {})
            build = tuple(runner.get("build_packages", ("minidist-filesystem", "busybox")))
            yield Distro(distro["name"], types, runner.get("name", "org.osbuild.linux"), build)


def _read(file: Path) -> dict[str, dict[str, object]]:
    try:
        found: dict[str, dict[str, object]] = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot load distro definitions: {file}: {error}") from None
    return found

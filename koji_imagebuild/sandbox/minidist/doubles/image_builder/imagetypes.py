"""The distributions and image types that this image-builder knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .flags import UsageError

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

#: What is known without ``--force-defs-dir``.
DISTROS = (
    Distro("minidist-1", _FEDORA, "org.osbuild.minidist1"),
    Distro("fedora-43", _FEDORA, "org.osbuild.fedora43"),
    Distro("almalinux-9.5", _DOTTED, "org.osbuild.almalinux95"),
)
BOOTC = Distro("bootc", _BOOTC, "org.osbuild.linux")


def find(
    distros: tuple[Distro, ...], distro: str, kind: str, arch: str
) -> tuple[Distro, ImageType]:
    """Find one type; every word may have its prefix, as ``list`` prints it.

    :raises UsageError: when there is none
    """
    distro, kind, arch = (
        word.removeprefix(prefix)
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

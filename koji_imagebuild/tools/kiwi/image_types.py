"""Facts about kiwi's image types: the files each makes, what it needs, in which order to build.

From the builders of kiwi 10.0 to 11.1 (kiwi/builder/*.py, kiwi/storage/subformat/*.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.tools.kiwi.selection import ImageType

_READ_ONLY: Final = ("squashfs", "erofs")
_FILESYSTEMS: Final = ("btrfs", "ext2", "ext3", "ext4", "xfs", *_READ_ONLY)
_CONTAINERS: Final = ("docker", "oci", "wsl", "appx")
_ARCHIVES: Final = ("tbz", "cpio")
_DISKS: Final = ("oem", "pxe", "kis", "enclave")

#: What ``result bundle`` compresses with xz is the raw and the plain formats.
_FORMATS: Final = {
    "": ("raw", True),
    "gce": ("tar.gz", False),
    "ova": ("ova", False),
    "qcow2": ("qcow2", False),
    "vdi": ("vdi", True),
    "vhd": ("vhd", True),
    "vhd-fixed": ("vhdfixed", True),
    "vhdx": ("vhdx", True),
    "vmdk": ("vmdk", False),
}
_FIXED: Final = {
    "docker": "docker.tar.xz",
    "oci": "oci.tar.xz",
    "wsl": "wsl",
    "appx": "appx",
    "tbz": "tar.xz",
    "cpio": "cpio",
    "iso": "iso",
    "enclave": "eif",
}


@dataclass(frozen=True)
class Made:
    """A file a type makes.

    :param suffix: what follows ``NAME.ARCH-VERSION.``
    :param compressed: whether ``result bundle`` compresses it with xz
    :param image: whether it is an image: kiwi writes a checksum beside those
    """

    suffix: str
    compressed: bool = False
    image: bool = True

    def name(self, stem: str) -> str:
        """The file's name after bundling."""
        return f"{stem}.{self.suffix}" + (".xz" if self.compressed else "")


def attributes(kind: ImageType, type_attrs: tuple[str, ...]) -> Mapping[str, str]:
    """The type's attributes with those that were asked for."""
    asked = (attribute.partition("=") for attribute in type_attrs)
    return {**kind.element.attributes, **{key: value for key, _, value in asked}}


def makes(kind: ImageType, type_attrs: tuple[str, ...]) -> tuple[Made, ...]:
    """The files a type makes, the package lists left out."""
    given = attributes(kind, type_attrs)
    if kind.image in _FIXED:
        return (Made(_FIXED[kind.image]),)
    if kind.image in _FILESYSTEMS:
        return (Made(kind.image, compressed="luks" not in given),)
    if kind.image in {"kis", "pxe"}:
        return _kis(given)
    if kind.image == "oem":
        return _disk(kind, given)
    return ()


def _kis(given: Mapping[str, str]) -> tuple[Made, ...]:
    if given.get("archive") in {"false", "0"}:
        return (Made("kernel", image=False),)
    return (Made("tar" if given.get("compressed") in {"true", "1"} else "tar.xz"),)


def _disk(kind: ImageType, given: Mapping[str, str]) -> tuple[Made, ...]:
    disk_format = given.get("format", "")
    made: tuple[Made, ...]
    if disk_format == "vagrant":
        boxes = kind.element.all("vagrantconfig")
        provider = boxes[0].get("provider") if boxes else "libvirt"
        made = (Made(f"vagrant.{provider}.box"),)
    elif disk_format.startswith(("oci:", "docker:")):
        made = (Made(disk_format.partition(":")[0] + ".tar.xz"),)
    else:
        suffix, compressed = _FORMATS.get(disk_format, (disk_format, False))
        # What is encrypted does not compress, and xz would take hours to find out.
        made = (Made(suffix, compressed=compressed and "luks" not in given),)
    if disk_format == "vmdk":
        made = (*made, Made("vmx", image=False))
    if any(given.get(key) in {"true", "1"} for key in ("installiso", "installstick")):
        made = (*made, Made("install.iso"))
    if given.get("installpxe") in {"true", "1"}:
        made = (*made, Made("install.tar"))
    return made


def needs_loop_device(kind: ImageType, type_attrs: tuple[str, ...]) -> bool:
    """Whether kiwi attaches a loop device to build it.

    A live image does only for a writable file system inside (kiwi/builder/live.py).
    """
    given = attributes(kind, type_attrs)
    if kind.image in {"iso", "kis", "pxe"}:
        # A live image has an ext4 inside unless told otherwise; the other two have nothing then.
        inside = given.get("filesystem", "ext4" if kind.image == "iso" else "squashfs")
        return inside not in _READ_ONLY or "luks" in given
    return kind.image == "oem" or (kind.image in _FILESYSTEMS and kind.image not in _READ_ONLY)


def build_order(kind: ImageType) -> int:
    """Containers first, disks last: the later a type, the more it writes into the root."""
    groups = (_CONTAINERS, _ARCHIVES, _FILESYSTEMS, ("iso",), _DISKS)
    return next((n for n, group in enumerate(groups) if kind.image in group), len(groups))

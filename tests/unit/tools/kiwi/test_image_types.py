from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools.kiwi import image_types
from koji_imagebuild.tools.kiwi.selection import select

from .described import flat

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.kiwi.selection import ImageType


def _type(folder: Path, attributes: str, inside: str = "") -> ImageType:
    text = f"<preferences><type {attributes}>{inside}</type></preferences>"
    return select(flat(folder, text), None, "x86_64").types[0]


@pytest.mark.parametrize(
    ("attributes", "names"),
    [
        ('image="docker"', "docker.tar.xz"),
        ('image="oci"', "oci.tar.xz"),
        ('image="wsl"', "wsl"),
        ('image="appx"', "appx"),
        ('image="tbz"', "tar.xz"),
        ('image="cpio"', "cpio"),
        ('image="iso"', "iso"),
        ('image="enclave"', "eif"),
        ('image="ext4"', "ext4.xz"),
        ('image="squashfs"', "squashfs.xz"),
        ('image="erofs" luks="secret"', "erofs"),
        ('image="kis"', "tar.xz"),
        ('image="pxe" compressed="true"', "tar"),
        ('image="kis" archive="false"', "kernel"),
        ('image="oem"', "raw.xz"),
        ('image="oem" luks="secret"', "raw"),
        ('image="oem" format="qcow2"', "qcow2"),
        ('image="oem" format="vhd"', "vhd.xz"),
        ('image="oem" format="vhd-fixed"', "vhdfixed.xz"),
        ('image="oem" format="vhdx"', "vhdx.xz"),
        ('image="oem" format="vdi"', "vdi.xz"),
        ('image="oem" format="vmdk"', "vmdk vmx"),
        ('image="oem" format="ova"', "ova"),
        ('image="oem" format="gce"', "tar.gz"),
        ('image="oem" format="vagrant"', "vagrant.libvirt.box"),
        ('image="oem" format="docker:qcow2"', "docker.tar.xz"),
        ('image="oem" format="new"', "new"),
        ('image="oem" installiso="true" installpxe="1"', "raw.xz install.iso install.tar"),
        ('image="unheard-of"', ""),
    ],
)
def test_files(tmp_path: Path, attributes: str, names: str) -> None:
    made = image_types.makes(_type(tmp_path, attributes), ())
    assert [each.name("x") for each in made] == [f"x.{name}" for name in names.split()]


def test_what_is_no_image(tmp_path: Path) -> None:
    made = image_types.makes(_type(tmp_path, 'image="oem" format="vmdk"'), ())
    assert [each.image for each in made] == [True, False]


def test_the_box_of_a_provider(tmp_path: Path) -> None:
    box = '<vagrantconfig provider="virtualbox"/>'
    kind = _type(tmp_path, 'image="oem" format="vagrant"', box)
    assert image_types.makes(kind, ())[0].suffix == "vagrant.virtualbox.box"


def test_attributes_that_were_asked_for_count(tmp_path: Path) -> None:
    kind = _type(tmp_path, 'image="oem"')
    assert image_types.makes(kind, ("format=qcow2",))[0].suffix == "qcow2"


@pytest.mark.parametrize(
    ("attributes", "needed"),
    [
        ('image="oem"', True),
        ('image="ext4"', True),
        ('image="squashfs"', False),
        ('image="iso"', True),
        ('image="iso" filesystem="squashfs"', False),
        ('image="iso" filesystem="erofs" luks="x"', True),
        ('image="kis"', False),
        ('image="kis" filesystem="ext4"', True),
        ('image="docker"', False),
        ('image="wsl"', False),
        ('image="tbz"', False),
    ],
)
def test_loop_devices(tmp_path: Path, attributes: str, needed: bool) -> None:  # noqa: FBT001
    assert image_types.needs_loop_device(_type(tmp_path, attributes), ()) is needed


def test_order(tmp_path: Path) -> None:
    names = ("oem", "iso", "squashfs", "tbz", "docker", "new")
    inside = "".join(f'<type image="{name}"/>' for name in names)
    chosen = select(flat(tmp_path, f"<preferences>{inside}</preferences>"), None, "x86_64")
    ordered = [kind.image for kind in chosen.build_types(names)]
    assert ordered == ["docker", "tbz", "squashfs", "iso", "oem", "new"]

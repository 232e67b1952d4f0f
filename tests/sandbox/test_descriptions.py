"""kiwi-descriptions: what every profile and type of them becomes."""

from __future__ import annotations

import json
import stat
import struct
from typing import TYPE_CHECKING

from .conftest import DESCRIPTIONS

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Mapping

    from .image import Image


def members(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    return {member.name.removeprefix("./"): member for member in archive}


def test_disk_is_a_qcow2_of_the_size_it_says(minidist: Mapping[str, Image]) -> None:
    header = minidist["Disk"].read(minidist["Disk"].one(".qcow2"))[:32]
    magic, version, *_, size = struct.unpack(">4sIQIIQ", header)
    assert (magic, version) == (b"QFI\xfb", 3)
    assert size == 256 << 20


def test_live_is_an_iso_that_bios_boots(minidist: Mapping[str, Image]) -> None:
    iso = minidist["Live"].read(minidist["Live"].one(".iso"))
    assert iso[0x8001:0x8006] == b"CD001"
    assert iso[0x8028:].startswith(b"MINIDIST ")
    assert iso[510:512] == b"\x55\xaa"


def test_container_becomes_three_images_of_one_root(minidist: Mapping[str, Image]) -> None:
    container = minidist["Container"]
    images = {name.removeprefix(f"{container.nvr}.") for name in container.files}
    arch = container.koji.arch
    assert images >= {f"{arch}.docker.tar.xz", f"{arch}.oci.tar.xz", f"{arch}.tar.xz"}
    assert sum(name.endswith(".spdx.json") for name in images) == 3
    assert sum(name.endswith(".packages") for name in images) == 1


def test_docker_holds_the_configuration_of_the_description(minidist: Mapping[str, Image]) -> None:
    with minidist["Container"].tar(".docker.tar.xz") as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json"))
        config = json.load(archive.extractfile(manifest["Config"]))
    assert [tag.rpartition("/")[2] for tag in manifest["RepoTags"]] == ["minidist:1"]
    assert config["config"]["Cmd"] == ["/bin/sh"]
    assert config["config"]["Labels"]["org.opencontainers.image.title"] == "Minidist"
    with minidist["Container"].docker_root() as root:
        assert "usr/bin/minidist-image" in members(root)


def test_oci_is_a_layout_with_an_index(minidist: Mapping[str, Image]) -> None:
    with minidist["Container"].tar(".oci.tar.xz") as archive:
        found = members(archive)
        index = json.load(archive.extractfile(found["index.json"]))
    digest = index["manifests"][0]["digest"].replace(":", "/")
    assert f"blobs/{digest}" in found


def test_tbz_holds_the_overlay_with_its_modes(minidist: Mapping[str, Image]) -> None:
    """Owned by root, whoever committed it."""
    container = minidist["Container"]
    overlay = DESCRIPTIONS / "minidist" / "root"
    with container.tar(f".{container.koji.arch}.tar.xz") as archive:
        found = members(archive)
        for path in overlay.rglob("*"):
            member = found[str(path.relative_to(overlay))]
            if path.is_file():
                expected = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
                assert member.mode == expected, member.name
                assert archive.extractfile(member).read() == path.read_bytes()
            assert (member.uid, member.gid) == (0, 0)
        written = archive.extractfile(found["etc/minidist-image"]).read().decode()
    name, version, _ = container.nvr.rsplit("-", 2)
    assert written == f"{name} {version} Container\n"


def test_wsl_is_a_root_with_what_windows_asks_for(minidist: Mapping[str, Image]) -> None:
    wsl = minidist["WSL"]
    with wsl.tar(".wsl") as archive:
        assert {"etc/wsl.conf", "etc/wsl-distribution.conf", "usr/bin/sh"} <= set(members(archive))

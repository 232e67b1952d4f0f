"""The RPMs of an image: the same for kiwi, for the hub and for every document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from .image import PATHS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .image import Image
    from .under_test import Koji


@pytest.fixture(params=["Disk", "Live", "Container"])
def image(minidist: Mapping[str, Image], request: pytest.FixtureRequest) -> Image:
    return minidist[request.param]


def _nvra(rpm: Mapping[str, object]) -> str:
    return "{name}-{version}-{release}.{arch}".format(**rpm)


def test_the_hub_attaches_to_every_archive_what_kiwi_lists(koji: Koji, image: Image) -> None:
    session = koji.session()
    kiwis = {
        (name, None if epoch == "(none)" else int(epoch), version, release, arch)
        for name, epoch, version, release, arch, *_ in image.packages
    }
    assert {"minidist-filesystem", "hello"} <= {name for name, *_ in kiwis}
    for archive in session.listArchives(buildID=image.build["id"]):
        rpms = session.listRPMs(imageID=archive["id"])
        if archive["filename"] not in image.files or archive["filename"].endswith("xml"):
            # The build's own document is of no arch; XML has none (kojihub.importImageInternal).
            assert rpms == []
            continue
        keys = ("name", "epoch", "version", "release", "arch")
        assert {tuple(rpm[key] for key in keys) for rpm in rpms} == kiwis, archive["filename"]


def test_every_sigmd5_is_that_of_the_hubs_rpm(koji: Koji, image: Image) -> None:
    session = koji.session()
    listed = {rpm["nvra"]: rpm["sigmd5"] for rpm in image.json()["rpms"]}
    archive = next(
        a
        for a in session.listArchives(buildID=image.build["id"])
        if a["filename"] == image.one(".packages")
    )
    hub = {_nvra(rpm): rpm["payloadhash"] for rpm in session.listRPMs(imageID=archive["id"])}
    assert listed == hub
    in_sbom = {
        package["comment"].split("sigmd5 ")[1].split(";")[0]
        for suffix in (name for name in image.files if name.endswith(".spdx.json"))
        for package in image.json(suffix)["packages"][1:]
    }
    assert in_sbom == set(hub.values())


def test_the_hubs_sigmd5_is_the_rpm_files_own(
    koji: Koji, minidist: Mapping[str, Image], tmp_path: Path
) -> None:
    (sigmd5,) = [
        rpm["sigmd5"] for rpm in minidist["Disk"].json()["rpms"] if rpm["nvra"].startswith("hello-")
    ]
    rpm = koji.session().listRPMs(buildID=koji.session().getBuild("hello-2.0-3")["id"])[0]
    build = koji.session().getBuild(rpm["build_id"])
    file = tmp_path / "hello.rpm"
    file.write_bytes(koji.download(f"{PATHS.build(build)}/{PATHS.rpm(rpm)}"))
    header = koji_library.get_rpm_header(str(file))
    found = koji_library.get_header_field(header, "sigmd5")
    assert koji_library.hex_string(found) == sigmd5 == rpm["payloadhash"]


def test_the_build_root_is_recorded_with_its_rpms(koji: Koji, image: Image) -> None:
    session = koji.session()
    (root,) = session.listBuildroots(taskID=image.child)
    assert root["tag_name"] == koji.build_tag
    installed = {rpm["name"] for rpm in session.listRPMs(componentBuildrootID=root["id"])}
    group = session.getTagGroups(koji.build_tag)
    wanted = next(g for g in group if g["name"] == "kiwi-build")["packagelist"]
    assert {package["package"] for package in wanted} <= installed

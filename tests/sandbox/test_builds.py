"""A real build: what Koji has of it afterwards, and that all of it tells the same."""

from __future__ import annotations

import hashlib
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from tests.unit.model.json_schema import Schema

from .conftest import DESCRIPTIONS
from .image import PATHS, build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .image import Image
    from .under_test import Koji

#: Of Koji's archives (koji.CHECKSUM_TYPES).
_DIGESTS = {0: "md5", 1: "sha1", 2: "sha256"}


@pytest.fixture(scope="module")
def disk(minidist: Mapping[str, Image]) -> Image:
    return minidist["Disk"]


@pytest.fixture(scope="module")
def archives(koji: Koji, disk: Image) -> dict[str, dict[str, Any]]:
    found = koji.session().listArchives(buildID=disk.build["id"])
    return {archive["filename"]: archive for archive in found}


def test_the_archives_are_the_files_that_the_arch_made(
    disk: Image, archives: dict[str, dict[str, Any]]
) -> None:
    assert set(archives) == {*disk.files, f"{disk.nvr}.image-build.json"}
    for name, file in disk.files.items():
        content = disk.read(name)
        assert hashlib.sha256(content).hexdigest() == file["sha256"], name
        assert len(content) == file["size"] == archives[name]["size"], name
        digest = hashlib.new(_DIGESTS[archives[name]["checksum_type"]], content).hexdigest()
        assert digest == archives[name]["checksum"], name
        assert archives[name]["btype"] == "image"


def test_every_file_is_named_after_build_and_arch(koji: Koji, disk: Image) -> None:
    stem = f"{disk.nvr}.{koji.arch}"
    suffixes = {name.removeprefix(stem) for name in disk.files}
    assert suffixes == {
        ".qcow2",
        ".qcow2.sha256",
        ".qcow2.spdx.json",
        ".packages",
        ".changes.xz",
        ".verified",
        ".kiwi.xml",
        ".image-build.json",
    }


def test_kiwis_own_checksum_is_the_images(disk: Image) -> None:
    name = disk.one(".qcow2")
    assert disk.text(".sha256").split() == [disk.files[name]["sha256"], name]


def test_the_logs_of_every_task_are_kept(koji: Koji, disk: Image) -> None:
    logs = koji.session().getBuildLogs(disk.build["id"])
    found: dict[str, set[str]] = {}
    for log in logs:
        found.setdefault(log["dir"], set()).add(log["name"])
        assert koji.download(log["path"]), log
    assert found["image/noarch"] == {"checkout.log", "import-started.log", "summary.log"}
    steps = {"05-probe.log", "20-kiwi-prepare.log", "30-kiwi-create-oem.log"}
    assert found[f"image/{koji.arch}"] >= steps | {"checkout.log", "root.log", "mock_output.log"}


def test_the_summary_tells_of_every_step(koji: Koji, disk: Image) -> None:
    head, arch = disk.log_of(disk.task, "summary.log").splitlines()
    assert head.startswith(f"{disk.nvr}   kiwi build   target {koji.target}   repo ")
    assert re.match(rf"{koji.arch} +task {disk.child} +ok   \d+:\d\d ", arch)
    for step in ("root", "install packages", "create oem image", "verify", "upload"):
        assert f"   {step} 0:" in arch
    assert f"{len(disk.packages)} packages" in arch


def test_the_source_is_the_commit_that_the_branch_had(
    koji: Koji, disk: Image, descriptions: str
) -> None:
    url, _, branch = descriptions.removeprefix("git+").partition("#")
    asked = subprocess.run(
        ["git", "ls-remote", url, f"refs/heads/{branch}"],
        check=True,
        capture_output=True,
        text=True,
    )
    pinned = f"git+{url}#{asked.stdout.split()[0]}"
    assert disk.build["source"] == pinned
    assert koji.session().getTaskRequest(disk.child)[7] == pinned
    assert disk.json()["used"]["source"] == pinned
    whole = disk.json_of_the_build
    assert (whole["asked"]["source"]["url"], whole["source"]) == (descriptions, pinned)


def test_image_build_json_follows_its_schema(koji: Koji, disk: Image) -> None:
    arch = disk.json()
    assert Schema.of_the_documents("arch_document").problems(arch) == []
    whole = disk.json_of_the_build
    assert Schema.of_the_documents("build_document").problems(whole) == []
    assert whole["arches"][koji.arch]["files"] == list(disk.files)


def test_image_build_json_says_what_was_asked_used_and_made(koji: Koji, disk: Image) -> None:
    document, session = disk.json(), koji.session()
    name, version, release = disk.nvr.rsplit("-", 2)
    assert document["build"] == {
        "name": name,
        "version": version,
        "release": release,
        "scratch": False,
    }
    assert document["asked"]["target"] == koji.target
    assert document["asked"]["options"]["profile"] == "Disk"
    used = document["used"]
    assert used["task"] == disk.child
    assert used["build_tag"] == koji.build_tag
    assert session.repoInfo(used["repo"])["create_event"] == used["event"]
    (buildroot,) = session.listBuildroots(taskID=disk.child)
    assert used["buildroot"] == buildroot["id"]
    assert re.match(r"KIWI .*version 1[01]\.", used["tool_version"])
    listed = {file["name"]: (file["size"], file["sha256"]) for file in document["files"]}
    assert listed == {
        name: (file["size"], file["sha256"])
        for name, file in disk.files.items()
        if not name.endswith(".image-build.json")
    }
    assert document["started"] < document["finished"]


def test_the_description_that_was_built_from(disk: Image) -> None:
    """Name and version are the build's, includes are resolved, comments are still there."""
    text = disk.text(".kiwi.xml")
    root = etree.fromstring(text.encode())
    name, version, _ = disk.nvr.rsplit("-", 2)
    assert root.get("name") == name
    assert root.findtext("preferences/version") == version
    assert "<include" not in text
    for comment in DESCRIPTIONS.glob("minidist/*/*.xml"):
        for node in etree.parse(comment).iter(etree.Comment):
            assert str(node) in text


def test_the_sbom_lists_what_is_in_the_image(disk: Image) -> None:
    document, image = disk.json(".qcow2.spdx.json"), disk.one(".qcow2")
    assert document["spdxVersion"] == "SPDX-2.3"
    (root, *packages) = document["packages"]
    assert root["name"] == image
    assert root["checksums"] == [
        {"algorithm": "SHA256", "checksumValue": disk.files[image]["sha256"]}
    ]
    evrs = {package["name"]: package["versionInfo"] for package in packages}
    locators = [ref["referenceLocator"] for one in packages for ref in one["externalRefs"]]
    # The distribution is the one that the image's os-release names.
    assert "pkg:rpm/minidist/hello@2.0-3?arch=noarch&epoch=1" in locators
    assert evrs == {
        name: f"{version}-{release}" if epoch == "(none)" else f"{epoch}:{version}-{release}"
        for name, epoch, version, release, *_ in disk.packages
    }
    contained = {
        one["relatedSpdxElement"]
        for one in document["relationships"]
        if one["relationshipType"] == "CONTAINS"
    }
    assert contained == {package["SPDXID"] for package in packages}


def test_the_build_is_tagged_and_the_next_one_takes_the_next_release(
    koji: Koji, minidist: Mapping[str, Image], descriptions: str
) -> None:
    """The second is built with --skip-tag, and of one type of the first one's three."""
    first, session = minidist["Container"], koji.session()
    assert koji.dest_tag in {tag["name"] for tag in session.listTags(build=first.nvr)}
    name, version, _ = first.nvr.rsplit("-", 2)
    builds = session.listBuilds(packageID=name)
    last = max(int(one["release"]) for one in builds if one["version"] == version)
    words = ("--profile=Container", "--type=tbz", "--skip-tag")
    second = build(koji, *words, koji.target, descriptions, "minidist/minidist.kiwi")
    assert second.nvr == f"{name}-{version}-{last + 1}"
    assert session.listTags(build=second.nvr) == []
    # One root for three types and a root for one: the same packages in both.
    assert second.packages == first.packages


def test_types_of_one_profile_share_one_root(minidist: Mapping[str, Image]) -> None:
    kiwis = [name for name in sorted(minidist["Container"].logs) if "kiwi" in name]
    assert kiwis == [
        "20-kiwi-prepare.log",
        "30-kiwi-create-docker.log",
        "31-kiwi-create-oci.log",
        "32-kiwi-create-tbz.log",
    ]


def test_xz_uses_all_processors(minidist: Mapping[str, Image]) -> None:
    log = minidist["Container"].log("30-kiwi-create-docker.log")
    assert re.search(r"EXEC: \[xz .*--threads=0", log)


def test_a_scratch_build_moves_to_the_scratch_folder(
    koji: Koji, minidist: Mapping[str, Image]
) -> None:
    """Where Koji keeps them, with symlinks where the task had them."""
    scratch = minidist["WSL"]
    assert scratch.build is None
    folder = f"{PATHS.scratch()}/releng/task_{scratch.child}"
    for name, file in scratch.files.items():
        moved = koji.download(f"{folder}/{name}")
        assert hashlib.sha256(moved).hexdigest() == file["sha256"]
        assert scratch.read(name) == moved
    assert koji.session().getTaskResult(scratch.task).startswith("Scratch image build results in: ")
    assert not koji.session().listBuilds(taskID=scratch.task)

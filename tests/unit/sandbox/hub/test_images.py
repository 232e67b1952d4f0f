"""What the import of an image takes, what it refuses, and what it leaves behind then."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any

import koji
import pytest
from koji import xmlrpcplus

if TYPE_CHECKING:
    from pathlib import Path

    from .clients import Sandbox

NAMES = (f"image{number}" for number in count())
RPM = {
    "name": "bash",
    "version": "5",
    "release": "1",
    "epoch": None,
    "arch": "x86_64",
    "payloadhash": "ab" * 16,
    "size": 10,
    "buildtime": 20,
}


class Build:
    """A build in progress with one open arch task."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.host = sandbox, sandbox.builder.session.host
        self.name = next(NAMES)
        self.task = sandbox.open_task()
        self.child = sandbox.builder.child(self.task, "x86_64")
        nvr = {"name": self.name, "version": "1.0", "release": "1", "epoch": 0}
        self.id = self.host.initImageBuild(self.task, nvr)["id"]

    def result(self, *files: str, child: int | None = None, **more: Any) -> dict[str, Any]:
        """The result of the arch task, its files uploaded."""
        task_id = child or self.child
        for name in files:
            self.sandbox.builder.upload(task_id, name, name.encode())
        return {
            str(task_id): {
                "task_id": task_id,
                "arch": "x86_64",
                "files": list(files),
                "logs": [],
                "rpmlist": [],
                **more,
            }
        }

    def complete(self, results: dict[str, Any]) -> None:
        self.host.completeImageBuild(self.task, self.id, results)

    @property
    def folder(self) -> Path:
        return self.sandbox.topdir / "packages" / self.name / "1.0" / "1"

    @property
    def work(self) -> Path:
        return self.sandbox.topdir / "work" / koji.pathinfo.taskrelpath(self.child)


@pytest.fixture
def build(sandbox: Sandbox) -> Build:
    return Build(sandbox)


def test_an_import(sandbox: Sandbox, build: Build) -> None:
    results = build.result("a.qcow2", "a.packages")
    for log in ("20-kiwi.log", "unnamed.log", "notes.txt"):
        sandbox.builder.upload(build.child, log, b"log")
    build.complete(results)
    info = sandbox.admin.getBuild(build.id)
    assert info["state"] == koji.BUILD_STATES["COMPLETE"]
    assert info["completion_ts"]
    disk, packages = sandbox.admin.listArchives(buildID=build.id, type="image")
    assert (disk["filename"], disk["type_name"], disk["arch"]) == ("a.qcow2", "qcow2", "x86_64")
    assert (disk["size"], disk["checksum_type"]) == (7, koji.CHECKSUM_TYPES["sha256"])
    assert disk["checksum"] == hashlib.sha256(b"a.qcow2").hexdigest()
    assert packages["type_name"] == "packages"
    assert (build.folder / "images/a.qcow2").read_bytes() == b"a.qcow2"
    assert sorted((log["dir"], log["name"]) for log in sandbox.admin.getBuildLogs(build.id)) == [
        ("image/x86_64", "20-kiwi.log"),
        ("image/x86_64", "unnamed.log"),
    ]
    assert (build.work / "a.qcow2").is_symlink()
    assert (build.work / "a.qcow2").read_bytes() == b"a.qcow2"
    assert not (build.work / "notes.txt").is_symlink()


def test_failed_arches_are_passed_over(sandbox: Sandbox, build: Build) -> None:
    results = build.result("a.tar.xz")
    build.complete({**results, "99": {"faultCode": 1005, "faultString": "no"}})
    assert len(sandbox.admin.listArchives(buildID=build.id)) == 1


def test_the_parents_own_files_are_imported_too(sandbox: Sandbox, build: Build) -> None:
    own = build.result("a.image-build.json", child=build.task, arch="noarch")
    sandbox.builder.upload(build.task, "summary.log")
    build.complete({**build.result("a.qcow2"), **own})
    arches = {
        row["filename"]: row["arch"]
        for row in sandbox.admin.listArchives(buildID=build.id, type="image")
    }
    assert arches == {"a.qcow2": "x86_64", "a.image-build.json": "noarch"}
    assert (build.folder / "data/logs/image/noarch/summary.log").is_file()


def test_a_reused_arch_task_may_be_another_parents(sandbox: Sandbox, build: Build) -> None:
    before = Build(sandbox)
    results = before.result("b.qcow2")
    sandbox.builder.close(before.child)
    sandbox.admin.cancelTask(before.task)
    build.complete(results)
    assert sandbox.admin.listArchives(buildID=build.id)[0]["filename"] == "b.qcow2"


@pytest.mark.parametrize(
    "name",
    ["a.vhdfixed.xz", "a.kiwi", "a.raw.zst", "a", "qcow3", "a.qcow2.zst", "a.tar.zst", "a.md5"],
)
def test_unknown_file_types(build: Build, name: str) -> None:
    with pytest.raises(koji.BuildError, match=f"Unsupported file type: {name}"):
        build.complete(build.result(name))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.x86_64.RAW.XZ", "raw-xz"),
        ("a.tar.gz", "tar"),
        ("a.iso.xz", "iso-compressed"),
        ("a.oci.tar.xz", "tar"),
        ("a.1.xml", "xml"),
        ("a.changes.xz", "changes"),
        ("a.spdx.json", "json"),
        ("vmlinuz", "kernel-image"),
        ("a.wsl", "wsl"),
    ],
)
def test_the_longest_extension_counts(sandbox: Sandbox, name: str, kind: str) -> None:
    assert sandbox.admin.getArchiveType(filename=name)["name"] == kind


def test_an_admin_teaches_the_hub_a_type(sandbox: Sandbox, build: Build) -> None:
    with pytest.raises(koji.ActionNotAllowed, match="admin permission"):
        sandbox.releng.addArchiveType("zst", "Zstandard", "tar.zst raw.zst")
    sandbox.admin.addArchiveType("zst", "Zstandard", "tar.zst raw.zst")
    build.complete(build.result("a.raw.zst"))
    for name, extensions in (("zst", "x"), ("zst2", "raw.zst"), ("zst3", "a*b")):
        with pytest.raises(koji.GenericError, match=r"already exists|No such"):
            sandbox.admin.addArchiveType(name, "again", extensions)


def refused(build: Build, results: dict[str, Any], message: str) -> None:
    """The import fails, nothing of it stays in the database, the build goes on."""
    with pytest.raises((koji.GenericError, xmlrpcplus.Fault), match=message):
        build.complete(results)
    admin = build.sandbox.admin
    assert admin.listArchives(buildID=build.id) == []
    assert admin.getBuild(build.id)["state"] == koji.BUILD_STATES["BUILDING"]


def test_no_files(build: Build) -> None:
    refused(build, build.result(), "has no files to import")


def test_a_missing_file(build: Build) -> None:
    results = build.result("a.qcow2")
    (build.work / "a.qcow2").unlink()
    refused(build, results, "No such file")


def test_a_symlink(build: Build) -> None:
    results = build.result("a.qcow2", "b.qcow2")
    (build.work / "b.qcow2").unlink()
    (build.work / "b.qcow2").symlink_to("a.qcow2")
    refused(build, results, "is not a regular file")


def test_a_name_that_leaves_the_folder(build: Build) -> None:
    results = build.result("a.qcow2")
    results[str(build.child)]["files"] = ["../../../../hub.qcow2"]
    refused(build, results, "Invalid path segment")


def test_two_arches_with_one_file_name(sandbox: Sandbox, build: Build) -> None:
    other = sandbox.builder.child(build.task, "s390x")
    results = {**build.result("a.qcow2"), **build.result("a.qcow2", child=other, arch="s390x")}
    refused(build, results, r"a\.qcow2 already exists")


def test_two_tasks_of_one_arch_with_one_log_name(sandbox: Sandbox, build: Build) -> None:
    other = sandbox.builder.child(build.task, "again")
    results = {**build.result("a.qcow2"), **build.result("b.qcow2", child=other)}
    for task in (build.child, other):
        sandbox.builder.upload(task, "kiwi.log")
    refused(build, results, r"kiwi\.log already exists")


def test_an_unknown_rpm(build: Build) -> None:
    refused(build, build.result("a.qcow2", rpmlist=[RPM]), "No such rpm")


def test_an_rpm_named_twice(sandbox: Sandbox, build: Build) -> None:
    sandbox.admin.createExternalRepo("twice", "http://127.0.0.1/twice")
    rpm = {**RPM, "location": "twice"}
    refused(build, build.result("a.qcow2", rpmlist=[rpm, rpm]), "UNIQUE constraint failed")


def test_an_external_rpm(sandbox: Sandbox, build: Build) -> None:
    sandbox.admin.createExternalRepo("fedora", "http://127.0.0.1/fedora")
    rpm = {**RPM, "location": "fedora"}
    build.complete(build.result("a.qcow2", "a.1.xml", rpmlist=[rpm]))
    disk, xml = sandbox.admin.listArchives(buildID=build.id)
    [inside] = sandbox.admin.listRPMs(imageID=disk["id"])
    assert (inside["nvr"], inside["external_repo_name"]) == ("bash-5-1", "fedora")
    assert sandbox.admin.listRPMs(imageID=xml["id"]) == []
    assert sandbox.admin.getImageArchive(disk["id"])["rootid"]
    changed = {**rpm, "payloadhash": "cd" * 16}
    other = Build(sandbox)
    refused(other, other.result("b.qcow2", rpmlist=[changed]), "hash changed")
    incomplete = {"name": "bash", "location": "fedora"}
    refused(other, other.result("c.qcow2", rpmlist=[incomplete]), "field missing")


def test_a_failed_import_leaves_what_it_moved_until_the_next_build(build: Build) -> None:
    """As Koji: the finished arch's files lie in packages/, its task has symlinks only."""
    results = build.result("a.qcow2", "b.unknown")
    refused(build, results, "Unsupported file type")
    assert (build.folder / "images/a.qcow2").is_file()
    assert (build.work / "a.qcow2").is_symlink()
    refused(build, build.result("c.qcow2") and results, "already exists")
    build.host.failBuild(build.task, build.id)
    nvr = {"name": build.name, "version": "1.0", "release": "1", "epoch": 0}
    build.host.initImageBuild(build.task, nvr)
    assert not build.folder.exists()


def test_only_the_builder_of_the_task_completes(sandbox: Sandbox, build: Build) -> None:
    sandbox.admin.cancelTask(build.task)
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        build.complete({})
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        build.host.moveImageBuildToScratch(build.task, {})


def test_scratch(sandbox: Sandbox, build: Build) -> None:
    results = build.result("a.qcow2", logs=["kiwi.log"])
    sandbox.builder.upload(build.child, "kiwi.log")
    sandbox.builder.upload(build.child, "other.log")
    build.host.moveImageBuildToScratch(build.task, {**results, "9": {"faultCode": 1}})
    folder = sandbox.topdir / f"scratch/admin/task_{build.child}"
    assert sorted(path.name for path in folder.iterdir()) == ["a.qcow2", "kiwi.log"]
    assert (build.work / "a.qcow2").is_symlink()
    assert (build.work / "a.qcow2").read_bytes() == b"a.qcow2"
    assert sandbox.admin.listTaskOutput(build.child) == ["a.qcow2", "kiwi.log", "other.log"]
    with pytest.raises(koji.GenericError, match="Destination exists"):
        build.host.moveImageBuildToScratch(build.task, results)


def test_tagging(sandbox: Sandbox, build: Build) -> None:
    tag = sandbox.admin.createTag(f"{build.name}-candidate")
    host = sandbox.builder.session.host
    with pytest.raises(koji.TagError, match=f"Package {build.name} not in list"):
        host.tagBuild(build.task, tag, build.id)
    sandbox.admin.packageListAdd(tag, build.name, "releng")
    with pytest.raises(koji.TagError, match="not complete: state BUILDING"):
        host.tagBuild(build.task, tag, build.id)
    build.complete(build.result("a.qcow2"))
    sandbox.admin.packageListBlock(tag, build.name)
    with pytest.raises(koji.TagError, match="blocked in"):
        host.tagBuild(build.task, tag, build.id)
    sandbox.admin.packageListUnblock(tag, build.name)
    host.tagBuild(build.task, tag, build.id)
    host.tagNotification(True, tag, None, build.id, 1, ignore_success=True)  # noqa: FBT003 -- as kojid
    with pytest.raises(koji.TagError, match="already tagged"):
        host.tagBuild(build.task, tag, build.id)
    [latest] = sandbox.admin.getLatestBuilds(tag, package=build.name, type="image")
    assert (latest["nvr"], latest["tag_name"]) == (f"{build.name}-1.0-1", f"{build.name}-candidate")

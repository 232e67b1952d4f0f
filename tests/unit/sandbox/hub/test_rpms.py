"""RPMs: imported by upload, found by NVRA, listed in build roots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .clients import Sandbox


@pytest.fixture
def hello(sandbox: Sandbox, make_rpm: Callable[..., Path]) -> Any:
    """An RPM that the hub has, as the hub describes it."""
    known = sandbox.admin.getRPM("hello-1-1.noarch")
    if known is None:
        rpm = make_rpm("hello", "noarch")
        sandbox.admin.rawUpload(rpm.read_bytes(), 0, "cli-import/h", rpm.name)
        with pytest.raises(koji.GenericError, match="No such build"):
            sandbox.admin.importRPM("cli-import/h", rpm.name)
        sandbox.admin.createEmptyBuild("hello", "1", "1", None)
        sandbox.admin.importRPM("cli-import/h", rpm.name)
        known = sandbox.admin.getRPM("hello-1-1.noarch")
    return known


def test_what_an_rpm_is_known_by(
    sandbox: Sandbox, hello: Any, make_rpm: Callable[..., Path]
) -> None:
    path = make_rpm("hello", "noarch")
    sigmd5 = koji.get_header_field(koji.get_rpm_header(str(path)), "sigmd5")
    assert hello["payloadhash"] == koji.hex_string(sigmd5)
    assert (hello["size"], hello["epoch"], hello["arch"]) == (path.stat().st_size, None, "noarch")
    assert (hello["external_repo_id"], hello["external_repo_name"]) == (0, "INTERNAL")
    nvra = {"name": "hello", "version": "1", "release": "1", "arch": "noarch"}
    assert sandbox.admin.getRPM(nvra) == sandbox.admin.getRPM(hello["id"]) == hello
    assert sandbox.admin.getRPM({**nvra, "arch": "x86_64"}) is None
    assert sandbox.admin.getRPM("hello-1-1.noarch", multi=True) == [hello]
    with pytest.raises(koji.GenericError, match="No such rpm"):
        sandbox.admin.getRPM("hello-9-1.noarch", strict=True)
    assert sandbox.admin.listBuildRPMs("hello-1-1") == [hello]
    assert sandbox.admin.getBuildType("hello-1-1") == {"rpm": None}
    assert (sandbox.topdir / "packages/hello/1/1/noarch/hello-1-1.noarch.rpm").is_file()


def test_many_are_looked_up_in_one_call(sandbox: Sandbox, hello: Any) -> None:
    with sandbox.releng.multicall() as calls:
        found = [calls.getRPM(f"hello-{n}-1.noarch") for n in (1, 2)]
    assert [call.result for call in found] == [hello, None]


def test_importing_is_for_admins_and_names_must_fit(
    sandbox: Sandbox, make_rpm: Callable[..., Path]
) -> None:
    rpm = make_rpm("named", "noarch")
    sandbox.admin.rawUpload(rpm.read_bytes(), 0, "cli-import/n", "other.rpm")
    with pytest.raises(koji.GenericError, match=r"bad filename: other\.rpm \(expected named-1-1"):
        sandbox.admin.importRPM("cli-import/n", "other.rpm")
    with pytest.raises(koji.ActionNotAllowed, match="admin"):
        sandbox.releng.importRPM("cli-import/n", "other.rpm")
    with pytest.raises(koji.GenericError, match="No such file"):
        sandbox.admin.importRPM("cli-import/n", "none.rpm")


def test_an_import_into_a_tagged_build_changes_the_tag(
    sandbox: Sandbox, make_rpm: Callable[..., Path]
) -> None:
    sandbox.admin.createEmptyBuild("late", "1", "1", None)
    sandbox.admin.packageListAdd("minidist-build", "late", "releng")
    sandbox.admin.tagBuildBypass("minidist-build", "late-1-1")
    before = sandbox.admin.tagLastChangeEvent("minidist-build")
    rpm = make_rpm("late", "noarch")
    sandbox.admin.rawUpload(rpm.read_bytes(), 0, "cli-import/l", rpm.name)
    sandbox.admin.importRPM("cli-import/l", rpm.name)
    assert sandbox.admin.tagLastChangeEvent("minidist-build") > before
    members, builds = sandbox.admin.listTaggedRPMS("minidist-build", latest=True, arch="noarch")
    assert [rpm["nvr"] for rpm in members] == [build["nvr"] for build in builds] == ["late-1-1"]


@pytest.fixture
def root(sandbox: Sandbox) -> Any:
    """A task with a build root."""
    task = sandbox.open_task()
    repo, _ = sandbox.builder.session.host.repoInit("minidist-build")
    return task, sandbox.builder.session.host.newBuildRoot(repo, "x86_64", task_id=task)


def test_the_life_of_a_build_root(sandbox: Sandbox, hello: Any, root: Any) -> None:
    host = sandbox.builder.session.host
    task, broot = root
    [info] = sandbox.admin.listBuildroots(taskID=task)
    assert (info["id"], info["tag_name"], info["arch"]) == (broot, "minidist-build", "x86_64")
    assert info["state"] == koji.BR_STATES["INIT"]
    host.setBuildRootList(broot, [hello], task)
    host.setBuildRootState(broot, "BUILDING", task)
    with pytest.raises(koji.GenericError, match="wrong state"):
        host.setBuildRootList(broot, [hello], task)
    host.updateBuildRootList(broot, [hello], task)
    [inside] = sandbox.admin.getBuildrootListing(broot)
    assert (inside["rpm_id"], inside["is_update"]) == (hello["id"], False)
    assert sandbox.admin.listRPMs(componentBuildrootID=broot)[0]["nvr"] == "hello-1-1"
    assert sandbox.admin.listBuildroots(hostID=1, state=(0, 1, 2))[-1]["id"] == broot
    host.setBuildRootState(broot, "EXPIRED", task)
    host.setBuildRootState(broot, "EXPIRED", task)
    with pytest.raises(koji.GenericError, match="is EXPIRED"):
        host.setBuildRootState(broot, "WAITING", task)
    assert sandbox.admin.getBuildroot(broot)["retire_ts"]


def test_a_build_root_belongs_to_its_task(sandbox: Sandbox, hello: Any, root: Any) -> None:
    host = sandbox.builder.session.host
    _, broot = root
    other = sandbox.open_task()
    with pytest.raises(koji.ActionNotAllowed, match="does not have lock"):
        host.setBuildRootState(broot, "BUILDING", other)
    with pytest.raises(koji.GenericError, match="no buildroot"):
        host.setBuildRootState(10**6, "BUILDING")
    with pytest.raises(koji.GenericError, match="No such rpm"):
        host.setBuildRootList(broot, [{**hello, "id": 0, "version": "9"}])

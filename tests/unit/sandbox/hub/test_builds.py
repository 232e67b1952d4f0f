"""Builds are unique by name, version and release, and failed ones make room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.sandbox.hub.entities.releases import increment

if TYPE_CHECKING:
    from .clients import Sandbox

COMPLETE, FAILED = koji.BUILD_STATES["COMPLETE"], koji.BUILD_STATES["FAILED"]


@pytest.fixture
def task(sandbox: Sandbox) -> int:
    return sandbox.open_task()


def begin(sandbox: Sandbox, task: int, name: str, release: str | None, **more: Any) -> Any:
    info = {"name": name, "version": "1.0", "release": release, "epoch": 0, **more}
    return sandbox.builder.session.host.initImageBuild(task, info)


def test_a_new_build(sandbox: Sandbox, task: int) -> None:
    build = begin(sandbox, task, "a", "1", source="git+https://x#1", extra={"image": {"a": 1}})
    info = sandbox.admin.getBuild("a-1.0-1")
    assert info["id"] == build["id"]
    assert (info["state"], info["task_id"], info["owner_name"]) == (0, task, "admin")
    assert (info["source"], info["extra"]) == ("git+https://x#1", {"image": {"a": 1}})
    assert (info["completion_ts"], info["volume_name"]) == (None, "DEFAULT")
    assert sandbox.admin.getImageBuild("a-1.0-1") == {"build_id": build["id"]}
    assert sandbox.admin.getBuildType(build["id"]) == {"image": {"build_id": build["id"]}}
    listed = sandbox.admin.listBuilds(taskID=task, state=koji.BUILD_STATES["BUILDING"])
    assert [row["nvr"] for row in listed] == ["a-1.0-1"]


def test_only_for_a_task_of_the_builder(sandbox: Sandbox) -> None:
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        begin(sandbox, sandbox.task(), "b", "1")
    with pytest.raises(koji.AuthError, match="is not a host"):
        sandbox.admin.host.initImageBuild(1, {})


def test_the_task_that_began_it_may_begin_it_again(sandbox: Sandbox, task: int) -> None:
    build = begin(sandbox, task, "c", "1")
    assert begin(sandbox, task, "c", "1")["id"] == build["id"]
    with pytest.raises(koji.GenericError, match=rf"Build already in progress \(task {task}\)"):
        begin(sandbox, sandbox.open_task(), "c", "1")


def test_a_complete_build_stays(sandbox: Sandbox, task: int) -> None:
    sandbox.admin.createEmptyBuild("d", "1.0", "1", 0)
    with pytest.raises(koji.GenericError, match=r"Build already exists .*state=COMPLETE"):
        begin(sandbox, task, "d", "1")


def test_a_failed_build_is_taken_again_and_its_folder_cleared(sandbox: Sandbox, task: int) -> None:
    build = begin(sandbox, task, "e", "1", source="first")
    sandbox.builder.session.host.failBuild(task, build["id"])
    assert sandbox.admin.getBuild("e-1.0-1")["state"] == FAILED
    rest = sandbox.topdir / "packages/e/1.0/1/images/rest.qcow2"
    rest.parent.mkdir(parents=True)
    rest.touch()
    other = sandbox.open_task()
    assert begin(sandbox, other, "e", "1", source="second")["id"] == build["id"]
    info = sandbox.admin.getBuild("e-1.0-1")
    assert (info["state"], info["task_id"], info["source"]) == (0, other, "second")
    assert not rest.exists()
    with pytest.raises(koji.GenericError, match="cannot update build"):
        sandbox.builder.session.host.failBuild(task, sandbox.admin.createEmptyBuild("e2", 1, 1, 0))


def test_a_failed_build_with_history_is_not(sandbox: Sandbox, task: int) -> None:
    build = begin(sandbox, task, "f", "1")
    other = sandbox.open_task()
    sandbox.builder.upload(other, "f.tar.xz")
    result = {"task_id": other, "arch": "x86_64", "files": ["f.tar.xz"], "logs": [], "rpmlist": []}
    sandbox.builder.session.host.completeImageBuild(task, build["id"], {str(other): result})
    with pytest.raises(koji.GenericError, match="Build already exists"):
        begin(sandbox, task, "f", "1")


@pytest.mark.parametrize(
    ("release", "following"),
    [("7", "8"), ("7.fc43", "8.fc43"), ("20260101.n.0", "20260101.n.1"), ("9.a.9", "9.a.10")],
)
def test_releases_koji_counts_on(release: str, following: str) -> None:
    assert increment(release) == following


@pytest.mark.parametrize("release", ["43_Beta", "RC1", "1.2.fc43", "1.2.3.4", "a.1"])
def test_releases_it_does_not(release: str) -> None:
    with pytest.raises(koji.BuildError, match=f"Unable to increment release value: {release}"):
        increment(release)


def test_the_hub_allocates_releases(sandbox: Sandbox, task: int) -> None:
    assert begin(sandbox, task, "g", None)["release"] == "1"
    assert begin(sandbox, task, "g", None)["release"] == "2"
    begin(sandbox, task, "g", "5.el9")
    assert sandbox.admin.getNextRelease({"name": "g", "version": "1.0"}) == "6.el9"
    failed = begin(sandbox, task, "g", None)
    assert failed["release"] == "6.el9"
    sandbox.builder.session.host.failBuild(task, failed["id"])
    assert sandbox.admin.getNextRelease({"name": "g", "version": "1.0"}) == "6.el9"
    assert begin(sandbox, task, "g", None)["id"] == failed["id"]
    assert sandbox.admin.getNextRelease({"name": "g", "version": "1.1"}) == "1"


@pytest.mark.parametrize("name", ["a b", "a\n", "ä", "x" * 257, ""])
def test_names(sandbox: Sandbox, task: int, name: str) -> None:
    with pytest.raises(koji.GenericError, match=r"Name|No name"):
        begin(sandbox, task, name, "1")


def test_the_end_of_a_build_is_told_its_owner(sandbox: Sandbox, task: int) -> None:
    build = begin(sandbox, task, "h", "1")
    sandbox.builder.session.host.failBuild(task, build["id"])
    [mail] = [
        row["request"]
        for row in sandbox.admin.listTasks({"method": "buildNotification", "decode": True})
        if row["request"][1]["id"] == build["id"]
    ]
    assert mail[0] == ["admin@localhost"]
    assert mail[1]["state"] == FAILED


def test_looking_for_builds(sandbox: Sandbox) -> None:
    for number in (1, 2):
        sandbox.admin.createEmptyBuild("look", "1.0", str(number), 0, owner="releng")
    find = sandbox.admin.listBuilds
    assert [row["release"] for row in find(packageID="look", queryOpts={"order": "-nvr"})] == [
        "2",
        "1",
    ]
    assert find(prefix="LOO", queryOpts={"countOnly": True}) == 2
    assert [row["release"] for row in find(pattern="look-*-2")] == ["2"]
    assert find(userID="releng", queryOpts={"limit": 1, "countOnly": True}) == 1
    assert find(packageID="no such") == []
    assert find(type="image", prefix="look") == []
    assert find(prefix="look", createdAfter="2200-01-01") == []
    assert find(prefix="look", state=COMPLETE, taskID=-1) == []
    assert sandbox.admin.findBuildID("look-1.0-1") > 0
    with pytest.raises(koji.ParameterError, match="Invalid order"):
        find(prefix="look", queryOpts={"order": "nothing"})

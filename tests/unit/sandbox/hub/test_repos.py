"""Repositories: asked for, begun, finished, handed out again while their tag does not change."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import koji
import pytest
from defusedxml import ElementTree
from koji import xmlrpcplus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .clients import Sandbox


@pytest.fixture
def tag(sandbox: Sandbox, request: pytest.FixtureRequest) -> str:
    name: str = request.node.name
    sandbox.admin.createTag(name, arches="x86_64 i686 s390x")
    return name


def make_repo(sandbox: Sandbox, task: int) -> int:
    """What a newRepo task does."""
    host = sandbox.builder.session.host
    sandbox.builder.take(task)
    request = sandbox.admin.getTaskRequest(task)
    args, kwargs = koji.decode_args(*request)
    repo_id, event = host.repoInit(args[0], task_id=task, **kwargs)
    info = sandbox.admin.repoInfo(repo_id)
    folder = sandbox.paths.repo(repo_id, info["tag_name"])
    data = {}
    for arch in ("x86_64", "i386", "s390x"):
        upload = f"{koji.pathinfo.taskrelpath(task)}/{arch}"
        sandbox.builder.session.rawUpload(b"<repomd/>", 0, upload, "repomd.xml", overwrite=True)
        data[arch] = [upload, ["repomd.xml"]]
    host.repoDone(repo_id, data)
    sandbox.builder.close(task, [repo_id, event])
    assert (sandbox.topdir / folder / "x86_64/repodata/repomd.xml").read_bytes() == b"<repomd/>"
    return int(repo_id)


def test_a_request_makes_a_task_and_is_answered_by_it(sandbox: Sandbox, tag: str) -> None:
    asked = sandbox.releng.repo.request(tag)
    assert (asked["repo"], asked["duplicate"]) == (None, False)
    request = asked["request"]
    task = sandbox.admin.getTaskInfo(request["task_id"], request=True)
    assert (task["method"], task["request"]) == ("newRepo", [tag])
    channel = sandbox.admin.getChannel("createrepo")["id"]
    assert (task["channel_id"], request["active"]) == (channel, True)
    again = sandbox.admin.repo.request(tag)
    assert (again["request"]["id"], again["duplicate"]) == (request["id"], True)
    repo_id = make_repo(sandbox, task["id"])
    check = sandbox.admin.repo.checkRequest(request["id"])
    assert (check["repo"]["id"], check["request"]["active"]) == (repo_id, False)
    ready = sandbox.admin.repo.request(tag)["repo"]
    assert (ready["id"], ready["tag_name"], ready["state"]) == (repo_id, tag, koji.REPO_READY)
    assert sandbox.admin.getRepo(tag)["id"] == repo_id
    latest = sandbox.topdir / "repos" / tag / "latest"
    assert latest.resolve().name == str(repo_id)


def test_a_changed_tag_needs_a_new_one(sandbox: Sandbox, tag: str) -> None:
    first = make_repo(sandbox, sandbox.admin.newRepo(tag))
    event = sandbox.admin.repoInfo(first)["create_event"]
    sandbox.admin.groupListAdd(tag, "build")
    assert sandbox.admin.repo.request(tag)["repo"] is None
    assert sandbox.admin.repo.request(tag, min_event=event)["repo"]["id"] == first
    assert sandbox.admin.repo.request(tag, at_event=event)["repo"]["id"] == first
    assert sandbox.admin.repo.request(tag, min_event="last")["duplicate"]
    assert sandbox.admin.repo.get(tag, min_event=event)["id"] == first
    with pytest.raises(koji.ParameterError, match="Invalid event"):
        sandbox.admin.repo.request(tag, min_event=10**6)
    with pytest.raises(koji.ParameterError, match="conflict"):
        sandbox.admin.repo.request(tag, min_event=1, at_event=1)


def test_another_tags_change_does_not_matter(sandbox: Sandbox, tag: str) -> None:
    repo_id = make_repo(sandbox, sandbox.admin.newRepo(tag))
    sandbox.admin.createTag("unrelated")
    assert sandbox.admin.repo.request(tag)["repo"]["id"] == repo_id


def test_at_an_event_of_the_past(sandbox: Sandbox, tag: str) -> None:
    event = sandbox.admin.getLastEvent()["id"]
    sandbox.admin.groupListAdd(tag, "later")
    request = sandbox.admin.repo.request(tag, at_event=event)["request"]
    repo_id = make_repo(sandbox, request["task_id"])
    assert sandbox.admin.repo.checkRequest(request["id"])["repo"]["create_event"] == event
    comps = ElementTree.parse(f"{sandbox.paths.repo(repo_id, tag)}/groups/comps.xml")
    assert comps.findall("group") == []


def test_options(sandbox: Sandbox, tag: str) -> None:
    plain = make_repo(sandbox, sandbox.admin.newRepo(tag))
    request = sandbox.admin.repo.request(tag, opts={"debuginfo": True})["request"]
    special = make_repo(sandbox, request["task_id"])
    assert sandbox.admin.repo.request(tag, opts={"debuginfo": True})["repo"]["id"] == special
    assert sandbox.admin.repo.request(tag)["repo"]["id"] == plain
    with pytest.raises(koji.ParameterError, match="Invalid repo option: x"):
        sandbox.admin.repo.request(tag, opts={"x": 1})


def test_a_failed_task_is_tried_again_three_times_in_all(sandbox: Sandbox, tag: str) -> None:
    request = sandbox.admin.repo.request(tag)["request"]
    fault = xmlrpcplus.dumps(xmlrpcplus.Fault(1000, "no"))
    seen = set()
    for _ in range(3):
        check = sandbox.admin.repo.checkRequest(request["id"])["request"]
        seen.add(check["task_id"])
        sandbox.builder.take(check["task_id"])
        sandbox.builder.session.host.failTask(check["task_id"], fault)
    check = sandbox.admin.repo.checkRequest(request["id"])["request"]
    assert (check["active"], check["tries"], len(seen)) == (False, 3, 3)
    assert check["task_state"] == koji.TASK_STATES["FAILED"]
    with pytest.raises(koji.GenericError, match="No such request"):
        sandbox.admin.repo.checkRequest(10**6)


def test_what_is_written_for_createrepo(
    sandbox: Sandbox, tag: str, make_rpm: Callable[..., Path]
) -> None:
    admin: Any = sandbox.admin
    for name, arch in (("one", "noarch"), ("two", "x86_64"), ("three-debuginfo", "x86_64")):
        admin.createEmptyBuild(name, "1", "1", None)
        rpm = make_rpm(name, arch)
        admin.rawUpload(rpm.read_bytes(), 0, "cli-import/r", rpm.name)
        admin.importRPM("cli-import/r", rpm.name)
        admin.packageListAdd(tag, name, "releng")
        admin.tagBuildBypass(tag, f"{name}-1-1")
    admin.packageListAdd(tag, "unwanted", "releng", block=True)
    admin.groupListAdd(tag, "kiwi-build")
    admin.groupPackageListAdd(tag, "kiwi-build", "one")
    repo_id = make_repo(sandbox, admin.newRepo(tag))
    folder = sandbox.topdir / "repos" / tag / str(repo_id)
    assert (folder / "x86_64/pkglist").read_text().splitlines() == [
        "toplink/packages/two/1/1/x86_64/two-1-1.x86_64.rpm",
        "toplink/packages/one/1/1/noarch/one-1-1.noarch.rpm",
    ]
    assert len((folder / "s390x/pkglist").read_text().splitlines()) == 1
    assert (folder / "x86_64/blocklist").read_text() == "unwanted\n"
    line = (folder / "x86_64/pkglist").read_text().splitlines()[0]
    assert (folder / "x86_64" / line).is_file()
    comps = ElementTree.parse(folder / "groups/comps.xml")
    assert [group.findtext("id") for group in comps.findall("group")] == ["kiwi-build"]
    assert comps.findtext("group/packagelist/packagereq") == "one"
    assert json.loads((folder / "repo.json").read_text())["tag"] == tag


def test_only_once_done_and_only_whole(sandbox: Sandbox, tag: str) -> None:
    host = sandbox.builder.session.host
    repo_id, _ = host.repoInit(tag)
    with pytest.raises(koji.GenericError, match="uploaded file missing"):
        host.repoDone(repo_id, {"x86_64": ["nowhere", ["repomd.xml"]]})
    with pytest.raises(koji.GenericError, match="arch directory missing"):
        host.repoDone(repo_id, {"ppc64le": ["nowhere", []]})
    assert sandbox.admin.getRepo(tag) is None
    host.repoDone(repo_id, {})
    with pytest.raises(koji.GenericError, match="not in INIT state"):
        host.repoDone(repo_id, {})
    with pytest.raises(koji.AuthError, match="is not a host"):
        sandbox.admin.host.repoInit(tag)


def test_states_go_up_only(sandbox: Sandbox, tag: str) -> None:
    repo_id = make_repo(sandbox, sandbox.admin.newRepo(tag))
    with pytest.raises(koji.ActionNotAllowed, match="repo permission"):
        sandbox.releng.repoExpire(repo_id)
    sandbox.admin.repoExpire(repo_id)
    assert sandbox.admin.getRepo(tag) is None
    assert sandbox.admin.repoDelete(repo_id) == 0
    with pytest.raises(koji.GenericError, match="Invalid repo state transition"):
        sandbox.admin.repoProblem(repo_id)
    with pytest.raises(koji.GenericError, match="query returned no rows"):
        sandbox.admin.repoInfo(10**6, strict=True)


def test_who_may_make_one(sandbox: Sandbox, tag: str) -> None:
    with pytest.raises(koji.ActionNotAllowed, match="regen-repo permission required"):
        sandbox.releng.newRepo(tag)
    with pytest.raises(koji.ActionNotAllowed, match="only admins"):
        sandbox.releng.repo.request(tag, priority=-1)
    with pytest.raises(koji.ActionNotAllowed, match="logged in"):
        sandbox.anonymous().callMethod("repo.request", tag)


def test_a_folder_that_a_killed_call_left_is_no_obstacle(sandbox: Sandbox, tag: str) -> None:
    host = sandbox.builder.session.host
    repo_id, _ = host.repoInit(tag)
    left = sandbox.topdir / "repos" / tag / str(repo_id + 1)
    shutil.copytree(sandbox.paths.repo(repo_id, tag), left, symlinks=True)
    assert host.repoInit(tag)[0] == repo_id + 1

"""The life of a task, and who may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import pytest
from koji import xmlrpcplus

from .clients import document

if TYPE_CHECKING:
    from .clients import Sandbox


def state(sandbox: Sandbox, task: int) -> str:
    return str(koji.TASK_STATES[sandbox.admin.getTaskInfo(task)["state"]])


def test_from_free_to_closed(sandbox: Sandbox) -> None:
    task = sandbox.task("kiwiBuild", ("minidist", ["x86_64"], {"scratch": True}))
    assert state(sandbox, task) == "FREE"
    sandbox.builder.ready()
    sandbox.builder.session.host.getTasks()
    assert state(sandbox, task) == "ASSIGNED"
    opened = sandbox.builder.session.host.openTask(task)
    assert xmlrpcplus.loads(opened["request"])[0] == ("minidist", ["x86_64"], {"scratch": True})
    assert state(sandbox, task) == "OPEN"
    sandbox.builder.close(task, {"built": 1})
    info = sandbox.admin.getTaskInfo(task, request=True)
    assert (state(sandbox, task), info["request"][0]) == ("CLOSED", "minidist")
    assert info["create_ts"] <= info["start_ts"] <= info["completion_ts"]
    assert sandbox.admin.getTaskResult(task) == {"built": 1}
    assert sandbox.admin.taskFinished(task)


def test_a_failed_task_raises_its_fault(sandbox: Sandbox) -> None:
    task = sandbox.open_task()
    fault = xmlrpcplus.dumps(xmlrpcplus.Fault(koji.BuildError.faultCode, "no such package"))
    sandbox.builder.session.host.failTask(task, fault)
    with pytest.raises(koji.BuildError, match="no such package"):
        sandbox.admin.getTaskResult(task)
    assert sandbox.admin.getTaskResult(task, raise_fault=False) == {
        "faultCode": 1005,
        "faultString": "no such package",
    }


def test_only_its_builder_ends_it(sandbox: Sandbox) -> None:
    task = sandbox.task()
    host = sandbox.builder.session.host
    for end in (host.closeTask, host.failTask):
        with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
            end(task, document(None))
    sandbox.builder.take(task)
    sandbox.builder.close(task)
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        sandbox.builder.close(task)
    with pytest.raises(koji.GenericError, match="No such task"):
        sandbox.builder.close(10**6)


def test_it_opens_once(sandbox: Sandbox) -> None:
    task = sandbox.open_task()
    assert sandbox.builder.session.host.openTask(task) is None
    sandbox.builder.session.host.freeTasks([task])
    assert state(sandbox, task) == "FREE"
    sandbox.builder.take(task)
    sandbox.builder.close(task)
    sandbox.builder.session.host.freeTasks([task])
    assert state(sandbox, task) == "CLOSED"


def test_children_inherit(sandbox: Sandbox) -> None:
    parent = sandbox.open_task(channel="image", priority=15)
    host = sandbox.builder.session.host
    child = host.subtask("createKiwiImage", [1], parent, label="x86_64", arch="x86_64")
    info = sandbox.admin.getTaskInfo(child)
    channel = sandbox.admin.getChannel("image")["id"]
    assert (info["parent"], info["label"], info["arch"]) == (parent, "x86_64", "x86_64")
    assert (info["priority"], info["channel_id"]) == (14, channel)
    assert info["owner"] == sandbox.admin.getUser("admin")["id"]
    assert host.subtask("createKiwiImage", [1], parent, label="x86_64") == child
    assert host.subtask2(parent, {"label": "tag"}, "tagBuild", 1, 2, force=True) != child
    tag = sandbox.admin.getTaskChildren(parent, request=True)[1]
    assert tag["request"] == [1, 2, {"force": True, "__starstar": True}]
    with pytest.raises(koji.ActionNotAllowed, match="owner option"):
        host.subtask("x", [], parent, owner=1)
    sandbox.admin.cancelTask(parent)
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        host.subtask("x", [], parent)


def test_waiting_for_children(sandbox: Sandbox) -> None:
    host: Any = sandbox.builder.session.host
    parent = sandbox.open_task()
    first, second = (sandbox.builder.child(parent, label) for label in ("a", "b"))
    host.taskSetWait(parent, [first, second])
    assert host.taskWait(parent) == [[], [first, second]]
    assert alerts(host) == {parent: False, first: False, second: False}
    sandbox.builder.close(first, "one")
    assert alerts(host) == {parent: True, second: False}
    assert host.taskWait(parent) == [[first], [second]]
    assert alerts(host) == {parent: False, second: False}
    host.failTask(second, xmlrpcplus.dumps(xmlrpcplus.Fault(1005, "no")))
    assert host.taskWait(parent) == [[second], []]
    assert host.taskWaitResults(parent, [first, second], canfail=[second]) == [
        [first, "one"],
        [second, {"faultCode": 1005, "faultString": "no"}],
    ]
    with pytest.raises(koji.BuildError, match="no"):
        host.taskWaitResults(parent, None)
    assert not sandbox.admin.getTaskInfo(parent)["waiting"]
    sandbox.builder.close(parent)


def alerts(host: Any) -> dict[int, bool]:
    """The open tasks, and whether each is to be woken."""
    return {task["id"]: task.get("alert", False) for task in host.getHostTasks()}


def test_a_canceled_child_that_may_fail(sandbox: Sandbox) -> None:
    host = sandbox.builder.session.host
    parent = sandbox.open_task()
    child = sandbox.builder.child(parent, "x86_64")
    host.taskSetWait(parent, None)
    sandbox.admin.cancelTask(child)
    assert host.taskWait(parent) == [[child], []]
    [[_, fault]] = host.taskWaitResults(parent, [child], canfail=[child])
    assert fault["faultString"] == f"Task {child} is canceled"
    with pytest.raises(koji.GenericError, match="is canceled"):
        host.taskWaitResults(parent, [child])
    sandbox.builder.close(parent)


def test_canceling_takes_children_and_build_along(sandbox: Sandbox) -> None:
    parent = sandbox.open_task()
    child = sandbox.builder.child(parent, "x86_64")
    nvr = {"name": "canceled", "version": "1", "release": "1", "epoch": 0}
    build = sandbox.builder.session.host.initImageBuild(parent, nvr)["id"]
    with pytest.raises(koji.ActionNotAllowed, match="Cannot cancel task, not owner"):
        sandbox.releng.cancelTask(parent)
    sandbox.admin.cancelTask(parent)
    assert {state(sandbox, parent), state(sandbox, child)} == {"CANCELED"}
    assert sandbox.admin.getBuild(build)["state"] == koji.BUILD_STATES["CANCELED"]
    with pytest.raises(koji.GenericError, match="is canceled"):
        sandbox.admin.getTaskResult(parent)
    assert sandbox.builder.session.host.getHostTasks() == []


def test_canceling_a_build_takes_its_tasks_along(sandbox: Sandbox) -> None:
    parent = sandbox.open_task()
    child = sandbox.builder.child(parent, "x86_64")
    nvr = {"name": "canceled", "version": "2", "release": "1", "epoch": 0}
    build = sandbox.builder.session.host.initImageBuild(parent, nvr)["id"]
    with pytest.raises(koji.ActionNotAllowed, match="not owner"):
        sandbox.releng.cancelBuild(build)
    assert sandbox.admin.cancelBuild("canceled-2-1") is True
    assert sandbox.admin.cancelBuild(build) is False
    assert {state(sandbox, parent), state(sandbox, child)} == {"CANCELED"}


def test_owners_cancel_their_own(sandbox: Sandbox) -> None:
    request = sandbox.releng.repo.request("minidist-build")["request"]
    sandbox.releng.cancelTask(request["task_id"])
    assert state(sandbox, request["task_id"]) == "CANCELED"


def test_full_cancel_starts_at_the_top(sandbox: Sandbox) -> None:
    parent = sandbox.open_task()
    child = sandbox.builder.child(parent, "x86_64")
    with pytest.raises(koji.GenericError, match="not top-level"):
        sandbox.admin.cancelTaskFull(child)
    sandbox.admin.cancelTaskFull(child, strict=False)
    assert {state(sandbox, parent), state(sandbox, child)} == {"CANCELED"}


def test_resubmitting(sandbox: Sandbox) -> None:
    task = sandbox.task("kiwiBuild", ("minidist", {"scratch": True}), channel="image", priority=7)
    with pytest.raises(koji.GenericError, match="only canceled or failed"):
        sandbox.admin.resubmitTask(task)
    sandbox.admin.cancelTask(task)
    with pytest.raises(koji.GenericError, match="only the task owner or an admin"):
        sandbox.releng.resubmitTask(task)
    again = sandbox.admin.getTaskInfo(sandbox.admin.resubmitTask(task), request=True)
    assert again["request"] == ["minidist", {"scratch": True}]
    assert again["priority"] == 7
    sandbox.admin.cancelTask(again["id"])


def test_only_admins_make_any_task(sandbox: Sandbox) -> None:
    with pytest.raises(koji.ActionNotAllowed, match="admin permission required"):
        sandbox.releng.makeTask("kiwiBuild", [])


def test_channels_must_be_there_and_enabled(sandbox: Sandbox) -> None:
    with pytest.raises(koji.GenericError, match="No such channel: nowhere"):
        sandbox.task(channel="nowhere")
    sandbox.admin.disableChannel("livecd")
    with pytest.raises(koji.GenericError, match="Channel livecd is disabled"):
        sandbox.task(channel="livecd")


def test_default_policies(sandbox: Sandbox) -> None:
    host = sandbox.builder.session.host
    releng, admin = (sandbox.admin.getUser(name)["id"] for name in ("releng", "admin"))
    host.assertPolicy("build_rpm", {"user_id": releng})
    assert host.checkPolicy("no such policy", {}) == [True, "missing policy"]
    for name in ("build_from_repo_id", "build_from_scm", "build_from_srpm"):
        host.assertPolicy(name, {"user_id": admin})
        assert not host.checkPolicy(name, {"user_id": releng})[0]
        with pytest.raises(koji.ActionNotAllowed, match=f"policy violation .{name}.: Only admin"):
            host.assertPolicy(name, {"user_id": releng})


def test_weight_and_priority(sandbox: Sandbox) -> None:
    task = sandbox.open_task()
    sandbox.builder.session.host.setTaskWeight(task, 4)
    child = sandbox.builder.child(task, "x86_64")
    sandbox.admin.setTaskPriority(task, 3)
    assert sandbox.admin.getTaskInfo(task)["weight"] == 4.0
    assert sandbox.admin.getTaskInfo([task, child])[1]["priority"] == 3
    sandbox.admin.cancelTask(task)
    with pytest.raises(koji.GenericError, match="can't be updated"):
        sandbox.admin.setTaskPriority(task, 3)


def test_listing(sandbox: Sandbox) -> None:
    parent = sandbox.open_task(request=("a",))
    child = sandbox.builder.child(parent, "x86_64")
    mine = sandbox.admin.getUser("admin")["id"]
    states = [koji.TASK_STATES["OPEN"]]
    listed = sandbox.admin.listTasks(
        {"state": states, "owner": mine, "decode": True}, {"order": "-id"}
    )
    assert [task["id"] for task in listed] == [child, parent]
    assert (listed[1]["request"], listed[1]["owner_name"]) == (["a"], "admin")
    top = sandbox.admin.listTasks({"parent": None, "state": states})
    assert [task["id"] for task in top] == [parent]
    assert sandbox.admin.listTasks({"not_parent": None, "state": states}, {"countOnly": True}) == 1
    future = {"createdAfter": "2200-01-01 00:00:00"}
    assert sandbox.admin.listTasks(future) == []
    assert [t["id"] for t in sandbox.admin.getTaskDescendents(parent)[str(parent)]] == [child]
    sandbox.admin.cancelTask(parent)


def test_output(sandbox: Sandbox) -> None:
    task = sandbox.open_task()
    sandbox.builder.upload(task, "kiwi.log", b"0123456789")
    assert sandbox.admin.listTaskOutput(task, all_volumes=True) == {"kiwi.log": ["DEFAULT"]}
    assert sandbox.admin.listTaskOutput(task, stat=True)["kiwi.log"]["st_size"] == "10"
    download = sandbox.admin.downloadTaskOutput
    assert download(task, "kiwi.log", offset=8, size=10) == b"89"
    assert download(task, "kiwi.log", offset=-3) == b"789"
    assert download(task, "kiwi.log", offset=10) == b""
    for name in ("../../../hub.db", "/etc/passwd", "none"):
        with pytest.raises(koji.GenericError, match=r"Invalid file name|no file"):
            download(task, name)
    sandbox.builder.close(task)

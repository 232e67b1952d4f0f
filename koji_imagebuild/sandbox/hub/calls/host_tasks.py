"""What builders ask and tell about the tasks they run."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import policy, scheduler
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import hosts
from koji_imagebuild.sandbox.hub.entities import tasks as task_rules

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("host.getID")
def get_id(call: Call) -> int:
    return call.session.require_host()


@method("host.getHost")
def get_host(call: Call) -> Row:
    return hosts.get(call, call.session.require_host())


@method("host.isEnabled")
def is_enabled(call: Call) -> bool:
    return bool(get_host(call)["enabled"])


@method("host.updateHost")
def update_host(call: Call, task_load: float, ready: bool, data: Any = None) -> None:
    call.db.change(
        "UPDATE host SET task_load = :load, ready = :ready, update_ts = :now,"
        " data = coalesce(:data, data) WHERE id = :id",
        load=float(task_load),
        ready=bool(ready),
        now=time.time(),
        data=None if data is None else json.dumps(data),
        id=call.session.require_host(),
    )


@method("host.getTasks")
def get_tasks(call: Call) -> list[Row]:
    return scheduler.tasks_of(call, call.session.require_host())


@method("host.getLoadData")
def get_load_data(call: Call) -> list[list[Row]]:
    host = get_host(call)
    host["channels"] = [row["id"] for row in hosts.channels(call, host["id"])]
    return [[host], get_tasks(call)]


@method("host.getHostTasks")
def get_host_tasks(call: Call) -> list[Row]:
    """Open tasks; ``alert`` wakes one that waits for a task that is finished."""
    rows = call.db.rows(
        "SELECT id, waiting, weight FROM task WHERE host_id = :host_id AND state = :open",
        host_id=call.session.require_host(),
        open=task_rules.OPEN,
    )
    for row in rows:
        if row["waiting"] and _awaited(call, row["id"])[0]:
            row["alert"] = True
    return rows


@method("host.openTask")
def open_task(call: Call, task_id: int) -> Row | None:
    return task_rules.start(call, task_id, call.session.require_host())


@method("host.closeTask")
def close_task(call: Call, task_id: int, response: str) -> None:
    task_rules.assert_host(call, task_id)
    task_rules.finish(call, task_id, task_rules.CLOSED, response)


@method("host.failTask")
def fail_task(call: Call, task_id: int, response: str) -> None:
    task_rules.assert_host(call, task_id)
    task_rules.finish(call, task_id, task_rules.FAILED, response)


@method("host.freeTasks")
def free_tasks(call: Call, tasks: list[int]) -> None:
    """Tasks that are no longer this builder's are passed over."""
    host_id = call.session.require_host()
    for task_id in tasks:
        if task_rules.is_owned_by_host(call, task_id, host_id):
            task_rules.free(call, task_id)


@method("host.setTaskWeight")
def set_task_weight(call: Call, task_id: int, weight: float) -> None:
    task_rules.assert_host(call, task_id)
    task_rules.change(call, task_id, weight=float(weight))


@method("host.refuseTask")
def refuse_task(call: Call, task_id: int, soft: bool = True, msg: str = "") -> None:
    host_id = call.session.require_host()
    if task_rules.get(call, task_id)["host_id"] == host_id:
        scheduler.refuse(call, task_id, host_id, msg, soft=bool(soft))
        task_rules.free(call, task_id)


def _awaited(call: Call, parent: int) -> tuple[list[int], list[int]]:
    """The awaited children of a task: the finished ones and the others."""
    finished: list[int] = []
    unfinished: list[int] = []
    for row in call.db.rows(
        "SELECT id, state FROM task WHERE parent = :parent AND awaited ORDER BY id", parent=parent
    ):
        (finished if row["state"] in task_rules.FINISHED else unfinished).append(row["id"])
    return finished, unfinished


@method("host.taskSetWait")
def task_set_wait(call: Call, parent: int, tasks: list[int] | None) -> None:
    """:param tasks: the children to wait for, None for all"""
    call.session.require_host()
    call.db.change("UPDATE task SET waiting = 1 WHERE id = :parent", parent=parent)
    if tasks == []:
        return
    call.db.change(
        "UPDATE task SET awaited = :wanted IS NULL OR id IN (SELECT value FROM json_each(:wanted))"
        " WHERE parent = :parent",
        parent=parent,
        wanted=None if tasks is None else json.dumps(tasks),
    )


@method("host.taskWait")
def task_wait(call: Call, parent: int) -> list[list[int]]:
    """:returns: finished and unfinished children; the finished are awaited no longer"""
    call.session.require_host()
    finished, unfinished = _awaited(call, parent)
    for task_id in finished:
        call.db.change("UPDATE task SET awaited = 0 WHERE id = :id", id=task_id)
    return [finished, unfinished]


@method("host.taskUnwait")
def task_unwait(call: Call, parent: int) -> None:
    call.session.require_host()
    call.db.change("UPDATE task SET waiting = 0 WHERE id = :parent", parent=parent)
    call.db.change("UPDATE task SET awaited = 0 WHERE parent = :parent", parent=parent)


@method("host.taskWaitResults")
def task_wait_results(
    call: Call, parent: int, tasks: list[int] | None, canfail: list[int] | None = None
) -> list[list[Any]]:
    """Pairs of id and result; what may fail gives its fault as a dict, what may not raises it."""
    task_unwait(call, parent)
    if tasks is None:
        tasks = [
            row["id"]
            for row in task_rules.children(call, parent)
            if row["state"] in task_rules.FINISHED
        ]
    return [
        [task_id, _result(call, task_id, may_fail=task_id in (canfail or []))] for task_id in tasks
    ]


def _result(call: Call, task_id: int, *, may_fail: bool) -> Any:
    if not may_fail:
        return task_rules.get_result(call, task_id)
    if task_rules.get(call, task_id)["state"] == task_rules.CANCELED:
        fault = koji.GenericError(f"Task {task_id} is canceled")
        return {"faultCode": fault.faultCode, "faultString": str(fault)}
    return task_rules.get_result_or_fault(call, task_id)


@method("host.subtask")
def subtask(call: Call, method: str, arglist: list[Any], parent: int, **opts: Any) -> int:
    """A child of a task of this builder; a label that is there already names the same child."""
    task_rules.assert_host(call, parent)
    if "owner" in opts:
        raise koji.ActionNotAllowed("The owner option is not allowed here")
    if opts.get("label") is not None:
        child: int | None = call.db.value(
            "SELECT id FROM task WHERE parent = :parent AND label = :label",
            parent=parent,
            label=opts["label"],
        )
        if child is not None:
            return child
    if "kwargs" in opts:
        arglist = list(koji.encode_args(*arglist, **opts.pop("kwargs")))
    return task_rules.make_task(call, method, arglist, parent=parent, **opts)


@method("host.subtask2")
def subtask2(
    call: Call, parent: int, taskopts: Row, method: str, /, *args: Any, **opts: Any
) -> int:
    arglist = list(koji.encode_args(*args, **opts))
    return subtask(call, method, arglist, parent, **taskopts)


@method("host.checkPolicy")
def check_policy(
    call: Call, name: str, data: Row, default: str = "deny", strict: bool = False
) -> tuple[bool, str]:
    del default
    call.session.require_host()
    if strict:
        policy.enforce(call, name, data)
    return policy.check(call, name, data)


@method("host.assertPolicy")
def assert_policy(call: Call, name: str, data: Row, default: str = "deny") -> None:
    del default
    call.session.require_host()
    policy.enforce(call, name, data)

"""Tasks: their states, and who may change them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import koji
import koji.plugin
from koji import xmlrpcplus

from koji_imagebuild.sandbox.hub.entities import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

FREE = koji.TASK_STATES["FREE"]
OPEN = koji.TASK_STATES["OPEN"]
CLOSED = koji.TASK_STATES["CLOSED"]
CANCELED = koji.TASK_STATES["CANCELED"]
ASSIGNED = koji.TASK_STATES["ASSIGNED"]
FAILED = koji.TASK_STATES["FAILED"]
FINISHED = (CLOSED, CANCELED, FAILED)


def find(call: Call, task_id: int, *, request: bool = False) -> Row | None:
    row = call.db.one("SELECT * FROM task_info WHERE id = :id", id=task_id)
    if row is not None and request:
        row["request"] = get_request(call, task_id)
    return row


def get(call: Call, task_id: int, *, request: bool = False) -> Row:
    """:raises koji.GenericError: when there is no such task"""
    row = find(call, task_id, request=request)
    if row is None:
        raise koji.GenericError(f"No such task: {task_id}")
    return row


def get_request(call: Call, task_id: int) -> list[Any]:
    document = call.db.value("SELECT request FROM task WHERE id = :id", id=task_id)
    if document is None:
        raise koji.GenericError(f"No such task: {task_id}")
    return list(xmlrpcplus.loads(document)[0])


def get_result(call: Call, task_id: int) -> Any:
    """:raises xmlrpc.client.Fault: the stored one, when the task failed"""
    row = call.db.one("SELECT state, result FROM task WHERE id = :id", id=task_id)
    if row is None:
        raise koji.GenericError("No such task")
    if row["state"] == CANCELED:
        raise koji.GenericError(f"Task {task_id} is canceled")
    if row["state"] not in FINISHED:
        raise koji.GenericError(f"Task {task_id} is not finished")
    return xmlrpcplus.loads(row["result"])[0][0]


def get_result_or_fault(call: Call, task_id: int) -> Any:
    """The result, or a dict that describes the fault of a failed task, as in a multicall."""
    try:
        return get_result(call, task_id)
    except xmlrpcplus.Fault as fault:
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def decode_result(document: str) -> Any:
    """A stored result as ``listTasks`` shows it."""
    try:
        return xmlrpcplus.loads(document)[0]
    except xmlrpcplus.Fault as fault:
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}


def children(call: Call, task_id: int, *, request: bool = False) -> list[Row]:
    rows = call.db.rows("SELECT * FROM task_info WHERE parent = :id ORDER BY id", id=task_id)
    if request:
        for row in rows:
            row["request"] = get_request(call, row["id"])
    return rows


def is_owned_by_host(call: Call, task_id: int, host_id: int | None) -> bool:
    row = get(call, task_id)
    return host_id is not None and row["state"] == OPEN and row["host_id"] == host_id


def assert_host(call: Call, task_id: int) -> int:
    """Only the builder that runs an open task may do what follows.

    :returns: the builder's id
    """
    host_id = call.session.require_host()
    if not is_owned_by_host(call, task_id, host_id):
        raise koji.ActionNotAllowed(f"host {host_id} does not own task {task_id}")
    return host_id


def change(call: Call, task_id: int, **values: Any) -> None:
    """Set columns and tell the plugins about each."""
    before = get(call, task_id, request=True)
    for attribute, new in values.items():
        if attribute in before:
            _announce("preTaskStateChange", attribute, before[attribute], new, before)
    columns = ", ".join(f"{name} = :{name}" for name in values)
    call.db.change(
        f"UPDATE task SET {columns} WHERE id = :id",  # noqa: S608 -- names from code
        id=task_id,
        **values,
    )
    after = get(call, task_id, request=True)
    if after["state"] == CLOSED:
        after["result"] = get_result(call, task_id)
    for attribute in values:
        if attribute in before:
            _announce("postTaskStateChange", attribute, before[attribute], after[attribute], after)


def _announce(kind: str, attribute: str, old: Any, new: Any, info: Row) -> None:
    if attribute == "state":
        old, new = koji.TASK_STATES[old], koji.TASK_STATES[new]
    koji.plugin.run_callbacks(kind, attribute=attribute, old=old, new=new, info=info)


def assign(call: Call, task_id: int, host_id: int) -> bool:
    """:returns: False when the task is no longer free"""
    if get(call, task_id)["state"] != FREE:
        return False
    change(call, task_id, state=ASSIGNED, host_id=host_id)
    return True


def start(call: Call, task_id: int, host_id: int) -> Row | None:
    """A builder begins to work on a task.

    :returns: the task with its request as XML; None when it is not this builder's to open
    """
    row = get(call, task_id)
    free = row["state"] == FREE and row["host_id"] is None
    if not free and (row["state"], row["host_id"]) != (ASSIGNED, host_id):
        return None
    change(call, task_id, state=OPEN, host_id=host_id, start_ts=time.time())
    request = call.db.value("SELECT request FROM task WHERE id = :id", id=task_id)
    return {**get(call, task_id), "request": request}


def free(call: Call, task_id: int) -> None:
    state = get(call, task_id)["state"]
    if state in FINISHED:
        raise koji.GenericError(f"Cannot free task {task_id}, state is {koji.TASK_STATES[state]}")
    change(call, task_id, state=FREE, host_id=None)


def finish(call: Call, task_id: int, state: int, result: str) -> None:
    """Close or fail a task with the XML-RPC document of its result or fault."""
    change(call, task_id, result=result, state=state, completion_ts=time.time())


def top(call: Call, task_id: int) -> int:
    """The top-level task a task belongs to."""
    row = get(call, task_id)
    return task_id if row["parent"] is None else top(call, row["parent"])


def set_priority(call: Call, task_id: int, priority: int, *, recurse: bool) -> None:
    change(call, task_id, priority=priority)
    if recurse:
        for child in children(call, task_id):
            set_priority(call, child["id"], priority, recurse=True)


def make_task(
    call: Call,
    method: str,
    arglist: Sequence[Any],
    *,
    parent: int | None = None,
    label: str | None = None,
    owner: int | None = None,
    channel: str | int | None = None,
    arch: str | None = None,
    priority: int | None = None,
    assign: str | int | None = None,
) -> int:
    """Create a task. A child takes owner, arch, channel and priority - 1 from its parent.

    :returns: its id
    """
    above = _open_parent(call, parent)
    if priority is None:
        priority = koji.PRIO_DEFAULT if above is None else above["priority"] - 1
    if owner is None:
        owner = call.session.require_user() if above is None else above["owner"]
    arch = koji.parse_arches(arch, strict=True, allow_none=True) if arch else None
    values: Row = {
        "method": method,
        "request": xmlrpcplus.dumps(tuple(arglist), methodname=method),
        "state": FREE,
        "parent": parent,
        "label": None if parent is None else label,
        "owner": owner,
        "priority": int(priority),
        "arch": arch or (above["arch"] if above else "noarch"),
        "channel_id": _channel_id(call, channel, above),
    }
    if assign is not None:
        values.update(state=ASSIGNED, host_id=names.get_id(call, "host", assign))
    return _insert(call, values)


def _insert(call: Call, values: Row) -> int:
    new = {"attribute": "state", "old": None, "new": "FREE"}
    koji.plugin.run_callbacks("preTaskStateChange", info=values, **new)
    task_id = call.db.insert("task", create_ts=time.time(), **values)
    koji.plugin.run_callbacks("postTaskStateChange", info={**values, "id": task_id}, **new)
    return task_id


def _open_parent(call: Call, parent: int | None) -> Row | None:
    if parent is None:
        return None
    above = find(call, parent)
    if above is None:
        raise koji.GenericError(f"Invalid parent task: {parent}")
    if above["state"] != OPEN:
        raise koji.GenericError(f"Parent task (id {parent}) is not open")
    return above


def _channel_id(call: Call, channel: str | int | None, above: Row | None) -> int:
    """Koji's default policy: the one asked for, else the parent's, else ``default``."""
    if channel is None and above is not None:
        return int(above["channel_id"])
    found = names.lookup(call, "channels", channel or "default")
    if found is None:
        raise koji.GenericError(f"No such channel: {channel}")
    if not call.db.value("SELECT enabled FROM channels WHERE id = :id", id=found["id"]):
        raise koji.GenericError(f"Channel {found['name']} is disabled.")
    return int(found["id"])

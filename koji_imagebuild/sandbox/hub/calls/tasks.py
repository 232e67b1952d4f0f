"""Tasks, as people and watchers see them."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
from koji import xmlrpcplus

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import cancel, names, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("makeTask")
def make_task(call: Call, method: str, arglist: list[Any], **opts: Any) -> int:
    call.session.assert_perm("admin")
    if "owner" in opts:
        raise koji.ActionNotAllowed("The owner option is not allowed here")
    return tasks.make_task(call, method, arglist, **opts)


@method("getTaskInfo")
def get_task_info(
    call: Call, task_id: Any, request: bool = False, strict: bool = False
) -> Row | list[Row | None] | None:
    if isinstance(task_id, (list, tuple)):
        return [_info(call, one, request=request, strict=strict) for one in task_id]
    return _info(call, task_id, request=request, strict=strict)


def _info(call: Call, task_id: Any, *, request: bool, strict: bool) -> Row | None:
    find = tasks.get if strict else tasks.find
    return find(call, int(task_id), request=request)


@method("getTaskChildren")
def get_task_children(
    call: Call, task_id: int, request: bool = False, strict: bool = False
) -> list[Row]:
    if strict:
        tasks.get(call, task_id)
    return tasks.children(call, task_id, request=request)


@method("getTaskDescendents")
def get_task_descendents(call: Call, task_id: int, request: bool = False) -> dict[str, list[Row]]:
    below = tasks.children(call, task_id, request=request)
    found = {str(task_id): below}
    for child in below:
        found |= get_task_descendents(call, child["id"], request)
    return found


@method("getTaskRequest")
def get_task_request(call: Call, taskId: int) -> list[Any]:
    return tasks.get_request(call, taskId)


@method("getTaskResult")
def get_task_result(call: Call, taskId: int, raise_fault: bool = True) -> Any:
    find = tasks.get_result if raise_fault else tasks.get_result_or_fault
    return find(call, taskId)


@method("taskFinished")
def task_finished(call: Call, taskId: int) -> bool:
    return tasks.get(call, taskId)["state"] in tasks.FINISHED


TIMES = {
    "created": "create_ts",
    "started": "start_ts",
    "complete": "completion_ts",
    "completed": "completion_ts",
}


@method("listTasks")
def list_tasks(call: Call, opts: Any = None, queryOpts: Any = None) -> Any:
    """Filters are lists or single values, ``None`` means unset; ``not_`` turns one round."""
    opts = opts or {}
    rows = call.db.rows(
        "SELECT t.*, task.request, task.result, users.name AS owner_name,"
        " users.usertype AS owner_type"
        " FROM task_info t JOIN task ON task.id = t.id JOIN users ON users.id = t.owner"
        " WHERE (:method IS NULL OR t.method = :method)"
        " AND (:states IS NULL OR t.state IN (SELECT value FROM json_each(:states)))"
        " ORDER BY t.id",
        method=opts.get("method"),
        states=None if "state" not in opts else json.dumps(opts["state"]),
    )
    for key in ("arch", "state", "owner", "host_id", "channel_id", "parent"):
        if key in opts:
            rows = [row for row in rows if row[key] in _as_list(opts[key])]
        if f"not_{key}" in opts:
            rows = [row for row in rows if row[key] not in _as_list(opts[f"not_{key}"])]
    for name, column in TIMES.items():
        rows = query.match(rows, _time_clauses(opts, name, column))
    result = query.apply(rows, queryOpts)
    if opts.get("decode") and isinstance(result, list):
        for row in result:
            _decode(row)
    return result


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _time_clauses(opts: Row, name: str, column: str) -> list[tuple[str, str, float]]:
    bounds = ((f"{name}Before", "<"), (f"{name}After", ">"))
    return [
        (column, sign, query.seconds(opts[key]))
        for key, sign in bounds
        if opts.get(key) is not None
    ]


def _decode(row: Row) -> None:
    row["request"] = list(xmlrpcplus.loads(row["request"])[0])
    if row["result"]:
        row["result"] = tasks.decode_result(row["result"])


@method("cancelTask")
def cancel_task(call: Call, task_id: int, recurse: bool = True) -> None:
    cancel.assert_may_cancel(call, task_id)
    cancel.task(call, task_id, recurse=recurse)


@method("cancelTaskFull")
def cancel_task_full(call: Call, task_id: int, strict: bool = True) -> None:
    call.session.assert_perm("admin")
    top = tasks.top(call, task_id)
    if strict and top != task_id:
        raise koji.GenericError(f"Task {task_id} is not top-level (parent={top})")
    cancel.family(call, top)


@method("cancelTaskChildren")
def cancel_task_children(call: Call, task_id: int) -> None:
    call.session.assert_login()
    cancel.assert_may_cancel(call, task_id)
    cancel.children(call, task_id)


@method("freeTask")
def free_task(call: Call, task_id: int) -> None:
    call.session.assert_perm("admin")
    tasks.free(call, task_id)


@method("setTaskPriority")
def set_task_priority(call: Call, task_id: int, priority: int, recurse: bool = True) -> None:
    call.session.assert_perm("admin")
    if tasks.get(call, task_id)["state"] in tasks.FINISHED:
        raise koji.GenericError("Finished task's priority can't be updated")
    tasks.set_priority(call, task_id, int(priority), recurse=recurse)


@method("resubmitTask")
def resubmit_task(call: Call, taskID: int) -> int:
    call.session.assert_login()
    task = tasks.get(call, taskID)
    if task["state"] not in (tasks.CANCELED, tasks.FAILED):
        raise koji.GenericError("only canceled or failed tasks may be resubmitted")
    if task["parent"] is not None:
        raise koji.GenericError("only top-level tasks may be resubmitted")
    if task["owner"] != call.session.user_id and not call.session.has_perm("admin"):
        raise koji.GenericError("only the task owner or an admin may resubmit a task")
    return tasks.make_task(
        call,
        task["method"],
        tasks.get_request(call, taskID),
        arch=task["arch"],
        channel=task["channel_id"],
        priority=task["priority"],
    )


@method("assignTask")
def assign_task(
    call: Call, task_id: int, host: Any, force: bool = False, override: bool = False
) -> bool:
    del override
    call.session.assert_perm("admin")
    if force:
        tasks.free(call, task_id)
    return tasks.assign(call, task_id, names.get_id(call, "host", host))


@method("listTaskOutput")
def list_task_output(
    call: Call, taskID: int, stat: bool = False, all_volumes: bool = False, strict: bool = False
) -> Any:
    """Files below the task's folder; the only volume is DEFAULT."""
    if strict:
        tasks.get(call, taskID)
    folder = Path(call.site.paths.task(taskID))
    found = sorted(
        (Path(base) / name).relative_to(folder)
        for base, _, names_ in os.walk(folder)
        for name in names_
    )
    if stat:
        stats = {str(path): _stat(folder / path) for path in found}
        return {name: {"DEFAULT": s} for name, s in stats.items()} if all_volumes else stats
    if all_volumes:
        return {str(path): ["DEFAULT"] for path in found}
    return [str(path) for path in found]


def _stat(path: Path) -> Row:
    stat = path.stat()
    # the size goes as text: it may be more than old XML-RPC clients can count
    return {
        "st_size": str(stat.st_size),
        "st_atime": stat.st_atime,
        "st_mtime": stat.st_mtime,
        "st_ctime": stat.st_ctime,
    }


@method("downloadTaskOutput")
def download_task_output(
    call: Call,
    taskID: int,
    fileName: str,
    offset: Any = 0,
    size: int = -1,
    volume: str | None = None,
) -> str:
    """:returns: base64"""
    del volume
    if ".." in Path(fileName).parts or fileName.startswith("/"):
        raise koji.GenericError(f"Invalid file name: {fileName}")
    path = Path(call.site.paths.task(taskID)) / fileName
    if not path.is_file():
        raise koji.GenericError(f'no file "{fileName}" output by task {taskID}')
    start = int(offset or 0)
    with path.open("rb") as file:
        file.seek(start if start >= 0 else max(path.stat().st_size + start, 0))
        return base64.b64encode(file.read(int(size))).decode()

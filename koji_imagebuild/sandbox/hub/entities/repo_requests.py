"""Requests for a repository: answered at once where one is ready, else by a newRepo task.

Koji leaves the task to kojira; here it is made with the request.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.entities import repos, tags, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

TRIES = 3


def find(call: Call, request_id: int) -> Row | None:
    return call.db.one("SELECT * FROM repo_request WHERE id = :id", id=request_id)


def request(
    call: Call,
    tag: Row,
    *,
    min_event: Any = None,
    at_event: int | None = None,
    opts: Any = None,
    priority: int = koji.PRIO_DEFAULT,
    force: bool = False,
) -> Row:
    """A ready repository in ``repo``, or what will bring one in ``request``.

    Without an event the repository must be as new as the tag's last change: on one machine
    nobody else's tagging makes people wait, so the hub's ``RepoLag`` is 0.
    """
    options = repos.convert_options(opts)
    if at_event is not None and min_event is not None:
        raise koji.ParameterError("The min_event and at_event options conflict")
    if at_event is None:
        newest = tags.last_change(call, tag["id"])
        min_event = newest if min_event in (None, "last") else int(min_event)
    for event in (min_event, at_event):
        if event is not None and not call.db.value("SELECT 1 FROM events WHERE id = :e", e=event):
            raise koji.ParameterError(f"Invalid event: {event}")
    answer: Row = {"repo": None, "request": None, "duplicate": False}
    if not force:
        answer["repo"] = repos.best(
            call, tag["id"], min_event=min_event, at_event=at_event, opts=options
        )
    if answer["repo"] is None:
        pending = _pending(call, tag["id"], min_event, at_event, options)
        answer["duplicate"] = pending is not None
        answer["request"] = pending or _create(call, tag, min_event, at_event, options, priority)
    return answer


def _pending(
    call: Call, tag_id: int, min_event: int | None, at_event: int | None, opts: dict[str, bool]
) -> Row | None:
    rows = call.db.rows(
        "SELECT * FROM repo_request WHERE active AND tag_id = :tag_id"
        " AND (at_event = :at_event OR min_event >= :min_event) ORDER BY priority, id",
        tag_id=tag_id,
        at_event=at_event,
        min_event=min_event,
    )
    return next((row for row in rows if row["opts"] == opts), None)


def _create(
    call: Call,
    tag: Row,
    min_event: int | None,
    at_event: int | None,
    opts: dict[str, bool],
    priority: int,
) -> Row:
    now = time.time()
    request_id = call.db.insert(
        "repo_queue",
        tag_id=tag["id"],
        owner=call.session.require_user(),
        priority=priority,
        at_event=at_event,
        min_event=min_event,
        opts=json.dumps(opts),
        create_ts=now,
        update_ts=now,
    )
    return _start_task(call, request_id)


def _start_task(call: Call, request_id: int) -> Row:
    row = _get(call, request_id)
    kwargs: Row = {"opts": row["opts"]} if row["opts"] else {}
    if row["at_event"] is not None:
        kwargs["event"] = row["at_event"]
    task_id = tasks.make_task(
        call,
        "newRepo",
        koji.encode_args(row["tag_name"], **kwargs),
        owner=row["owner"],
        priority=row["priority"] - 5,
        channel="createrepo",
    )
    call.db.change(
        "UPDATE repo_queue SET task_id = :task_id, tries = tries + 1, update_ts = :now"
        " WHERE id = :id",
        task_id=task_id,
        now=time.time(),
        id=request_id,
    )
    return _get(call, request_id)


def check(call: Call, request_id: int) -> Row:
    """How a request stands; a failed task is tried again, three times in all."""
    row = _get(call, request_id)
    if row["active"] and row["task_state"] in tasks.FINISHED:
        if row["tries"] < TRIES:
            row = _start_task(call, request_id)
        else:
            call.db.change("UPDATE repo_queue SET active = 0 WHERE id = :id", id=request_id)
            row = _get(call, request_id)
    answer: Row = {"repo": None, "request": row}
    if row["repo_id"] is not None:
        answer["repo"] = repos.find(call, row["repo_id"])
    elif row["task_id"] is not None:
        answer["task"] = tasks.find(call, row["task_id"])
    return answer


def _get(call: Call, request_id: int) -> Row:
    row = find(call, request_id)
    if row is None:
        raise koji.GenericError("No such request")
    return row

"""Canceling: a task takes its build along, a build its tasks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox.hub.entities import builds, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call


def assert_may_cancel(call: Call, task_id: int) -> None:
    """Its owner may, the builder that runs it, and an admin."""
    session = call.session
    if tasks.get(call, task_id)["owner"] == session.user_id or session.has_perm("admin"):
        return
    if not tasks.is_owned_by_host(call, task_id, session.host_id):
        raise koji.ActionNotAllowed("Cannot cancel task, not owner")


def task(call: Call, task_id: int, *, recurse: bool) -> None:
    """Cancel a task, its build and with ``recurse`` its children; what is finished stays."""
    if tasks.get(call, task_id)["state"] in tasks.FINISHED:
        return
    tasks.change(call, task_id, state=tasks.CANCELED, completion_ts=time.time())
    for build_id in builds.building_ids(call, task_id):
        builds.end(call, build_id, builds.CANCELED)
    if recurse:
        children(call, task_id)


def children(call: Call, task_id: int) -> None:
    for child in tasks.children(call, task_id):
        task(call, child["id"], recurse=True)


def family(call: Call, task_id: int) -> None:
    """Cancel a task and everything below it, also below what is finished."""
    task(call, task_id, recurse=False)
    for child in tasks.children(call, task_id):
        family(call, child["id"])


def build(call: Call, build_id: int) -> bool:
    """:returns: False when the build is not in progress"""
    row = builds.get(call, build_id)
    if row["state"] != builds.BUILDING:
        return False
    builds.end(call, build_id, builds.CANCELED)
    if row["task_id"] is not None:
        family(call, tasks.top(call, row["task_id"]))
    return True

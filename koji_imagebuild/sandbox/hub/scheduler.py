"""Which builder gets a task: the first one of its channel and arch that has room for it."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.hub.entities import hosts, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

OVERCOMMIT = 5
"""A task may be so much heavier than the room a builder has (CapacityOvercommit of the hub)."""

MAX_JOBS = 15
SOFT_REFUSAL = 900
"""Seconds until a builder that refused softly is asked again."""

UNRESPONSIVE = 900
"""Seconds after which the open tasks of a silent builder are freed (HostTimeout of the hub)."""


def tasks_of(call: Call, host_id: int) -> list[Row]:
    """The tasks assigned to a builder; when there are none, free ones are dealt out first."""
    waiting = _assigned(call, host_id)
    if not waiting:
        _deal(call)
        waiting = _assigned(call, host_id)
    return waiting


def _assigned(call: Call, host_id: int) -> list[Row]:
    return call.db.rows(
        "SELECT id, state, channel_id, host_id, arch, method, priority, create_ts FROM task_info"
        " WHERE host_id = :host_id AND state = :assigned ORDER BY priority, create_ts",
        host_id=host_id,
        assigned=tasks.ASSIGNED,
    )


def _deal(call: Call) -> None:
    _forget_silent_hosts(call)
    free = call.db.rows(
        "SELECT id, channel_id, arch, weight FROM task_info WHERE state = :free"
        " ORDER BY priority, create_ts",
        free=tasks.FREE,
    )
    if not free:
        return
    refused = {(row["task_id"], row["host_id"]) for row in refusals(call)}
    load, jobs = _load(call)
    builders = call.db.rows(
        "SELECT h.*, json_extract(host.data, '$.maxjobs') AS maxjobs"
        " FROM host_info h JOIN host ON host.id = h.id WHERE h.enabled AND h.ready ORDER BY h.id"
    )
    for task in free:
        listening = set(hosts.of_channel(call, task["channel_id"]))
        for host in builders:
            host_id = host["id"]
            room = host["capacity"] - load[host_id] > max(0, task["weight"] - OVERCOMMIT)
            if (
                host_id in listening
                and task["arch"] in (*host["arches"].split(), "noarch")
                and (task["id"], host_id) not in refused
                and room
                and jobs[host_id] < (host["maxjobs"] or MAX_JOBS)
            ):
                tasks.assign(call, task["id"], host_id)
                load[host_id] += task["weight"]
                jobs[host_id] += 1
                break


def _load(call: Call) -> tuple[Counter[int], Counter[int]]:
    """Weight and number of what each builder has; a task that waits for others weighs nothing."""
    load: Counter[int] = Counter()
    jobs: Counter[int] = Counter()
    for row in call.db.rows(
        "SELECT host_id, weight, waiting FROM task WHERE state IN (:open, :assigned)",
        open=tasks.OPEN,
        assigned=tasks.ASSIGNED,
    ):
        load[row["host_id"]] += 0 if row["waiting"] else row["weight"]
        jobs[row["host_id"]] += 1
    return load, jobs


def _forget_silent_hosts(call: Call) -> None:
    for task_id in call.db.column(
        "SELECT task.id FROM task JOIN host ON host.id = task.host_id"
        " WHERE task.state IN (:open, :assigned) AND host.update_ts < :limit",
        open=tasks.OPEN,
        assigned=tasks.ASSIGNED,
        limit=time.time() - UNRESPONSIVE,
    ):
        tasks.free(call, task_id)


def refuse(call: Call, task_id: int, host_id: int, msg: str, *, soft: bool) -> None:
    call.db.change(
        "INSERT OR REPLACE INTO task_refusals (task_id, host_id, by_host, soft, msg, ts)"
        " VALUES (:task_id, :host_id, 1, :soft, :msg, :now)",
        task_id=task_id,
        host_id=host_id,
        soft=soft,
        msg=msg,
        now=time.time(),
    )


def refusals(call: Call) -> list[Row]:
    """The refusals that still count, with what ``scheduler.getTaskRefusals`` tells about them."""
    return call.db.rows(
        "SELECT r.id, r.task_id, r.host_id, r.by_host, r.soft, r.msg, r.ts, t.method, t.state,"
        " t.owner, t.arch, t.channel_id, host.name AS host_name, host.ready AS host_ready"
        " FROM task_refusals r JOIN task t ON t.id = r.task_id JOIN host ON host.id = r.host_id"
        " WHERE t.state IN (:free, :open, :assigned) AND NOT (r.soft AND r.ts < :limit)"
        " ORDER BY r.id",
        free=tasks.FREE,
        open=tasks.OPEN,
        assigned=tasks.ASSIGNED,
        limit=time.time() - SOFT_REFUSAL,
    )

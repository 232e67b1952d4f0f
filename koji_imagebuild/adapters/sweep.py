"""Finding processes and block devices that dead tasks left behind on this builder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import koji

from koji_imagebuild.adapters import leftovers, residents
from koji_imagebuild.tools.layout import WORK

# kojid calls a build root TAG-ID-REPO (builder/kojid, BuildRoot._new).
_ROOT_NAME = re.compile(r".*-(\d+)-\d+\Z")


def of_ended_tasks(session: Any, mockdir: str, beginning: int) -> tuple[str, ...]:
    """End processes and release devices in build roots whose task is not open any more.

    :param beginning: a task that has no build root yet: what it has there is of an earlier run
    :returns: what there was, stale partitions of other origin too
    """
    folder = Path(mockdir)
    below = leftovers.Below(folder)
    verdicts: dict[str, bool] = {}

    def ended(name: str) -> bool:
        if name not in verdicts:
            verdicts[name] = _task_ended(session, name, beginning)
        return verdicts[name]

    def left_behind(device: leftovers.Attached) -> bool:
        name, _, inside = (below.rest(device) or "").partition("/")
        return bool(inside) and ended(name)

    # The processes first: they may use the devices.
    pids = residents.end(folder.glob("*/root"), lambda root: ended(root.parent.name))
    return (
        *(f"process {pid}" for pid in pids),
        *leftovers.release(left_behind),
        *leftovers.drop_stale_partitions(),
    )


def of_removed_roots() -> tuple[str, ...]:
    """Release devices of jobs whose build root is gone: nobody has to be asked about those."""
    mark = f"{WORK}/"
    return leftovers.release(lambda device: device.deleted and mark in device.path)


def _task_ended(session: Any, root_name: str, beginning: int) -> bool:
    match = _ROOT_NAME.match(root_name)
    if not match:
        return False
    root = session.getBuildroot(int(match[1]))
    if not root or not root.get("task_id"):
        return False
    if root["task_id"] == beginning:
        return True
    task = session.getTaskInfo(root["task_id"])
    return bool(task) and task["state"] != koji.TASK_STATES["OPEN"]

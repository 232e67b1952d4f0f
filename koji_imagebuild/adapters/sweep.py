"""Finding block devices that dead tasks left behind on this builder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import koji

from koji_imagebuild.adapters import leftovers

# kojid calls a build root TAG-ID-REPO (builder/kojid, BuildRoot._new).
_ROOT_NAME = re.compile(r".*-(\d+)-\d+\Z")


def of_ended_tasks(session: Any, mockdir: str) -> tuple[str, ...]:
    """Release devices below build roots whose task is not open any more, and stale partitions."""
    top = Path(os.path.realpath(mockdir))
    verdicts: dict[str, bool] = {}

    def left_behind(backing: Path) -> bool:
        if top not in backing.parents:
            return False
        name = backing.relative_to(top).parts[0]
        if name not in verdicts:
            verdicts[name] = _task_ended(session, name)
        return verdicts[name]

    return leftovers.release(left_behind) + leftovers.drop_stale_partitions()


def of_dead_roots(mockdir: str) -> tuple[str, ...]:
    """Release devices below build roots that are gone: nobody needs to ask the hub about those."""
    top = Path(os.path.realpath(mockdir))
    return leftovers.release(lambda path: top in path.parents and not path.exists())


def _task_ended(session: Any, root_name: str) -> bool:
    match = _ROOT_NAME.match(root_name)
    if not match:
        return False
    root = session.getBuildroot(int(match[1]))
    if not root or not root.get("task_id"):
        return False
    task = session.getTaskInfo(root["task_id"])
    return bool(task) and task["state"] != koji.TASK_STATES["OPEN"]

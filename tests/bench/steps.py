"""Where the time of a sandbox's task went: by the steps that it reports itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.under_test import Koji


def of_task(koji: Koji, task: int) -> dict[str, float]:
    """Seconds of a task with one arch, in the order in which they passed; all of them together are
    the time from the call to the task's end.
    """
    session = koji.session()
    parent = session.getTaskInfo(task)
    arch = session.getTaskInfo(koji.child(task, koji.arch))
    (name,) = (n for n in session.listTaskOutput(arch["id"]) if n.endswith(".image-build.json"))
    document = json.loads(session.downloadTaskOutput(arch["id"], name))
    steps = {step["step"]: step["seconds"] for step in document["steps"]}
    inside = arch["completion_ts"] - arch["start_ts"]
    return {
        "until its arch task runs": arch["start_ts"] - parent["create_ts"],
        **steps,
        "between and after these": inside - sum(steps.values()),
        "after its arch task": parent["completion_ts"] - arch["completion_ts"],
    }

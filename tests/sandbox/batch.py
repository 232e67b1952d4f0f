"""Many tasks at once: a test of something that goes wrong need not wait for the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji as koji_library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .under_test import Koji

ENDED = ("CLOSED", "FAILED", "CANCELED")


@dataclass(frozen=True)
class Asked:
    """What a task is asked for, past the command line and all that it checks itself.

    :param url: instead of the batch's
    """

    path: str
    opts: Mapping[str, object] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True)
class Ended:
    """A task that ended.

    :param text: its fault's text, empty where there is none
    :param arches: how its arch tasks ended
    """

    task: int
    state: str
    text: str
    arches: tuple[Ended, ...] = ()


def submit(koji: Koji, url: str, asked: Asked) -> int:
    source = {"url": asked.url or url, "path": asked.path}
    task: int = koji.session().imageBuildLocal(koji.target, [], "kiwi", source, dict(asked.opts))
    return task


def run(koji: Koji, url: str, asked: Mapping[str, Asked]) -> dict[str, Ended]:
    """Submit all, wait for all."""
    tasks = {name: submit(koji, url, each) for name, each in asked.items()}
    return {name: end(koji, task) for name, task in tasks.items()}


def end(koji: Koji, task: int, timeout: float = 120) -> Ended:
    """Wait for a task and read how it ended."""
    koji.wait(task, ENDED, timeout)
    session = koji.session()
    return _read(session, session.getTaskInfo(task))


def _read(session: Any, info: Mapping[str, Any]) -> Ended:
    state = koji_library.TASK_STATES[info["state"]]
    text = ""
    if state == "FAILED":
        text = session.getTaskResult(info["id"], raise_fault=False)["faultString"]
    # A hub gives them in any order.
    children = sorted(session.getTaskChildren(info["id"]), key=lambda child: int(child["id"]))
    arches = [
        _read(session, child)
        for child in children
        if child["method"] in {"createKiwiImage", "imageBuilderBuildArch"}
    ]
    return Ended(info["id"], state, text, tuple(arches))


def assert_refused(koji: Koji, ended: Ended, says: str) -> None:
    assert ended.state == "FAILED"
    assert ended.text.startswith(says)
    assert "Traceback" not in ended.text
    assert ended.arches == ()
    assert koji.session().listBuilds(taskID=ended.task) == []

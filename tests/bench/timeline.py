"""Where a task's time went: the hub's times of its tasks, and mock's own of what it did."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.under_test import Koji

#: mock's state.log: time, Start or Finish, what. It opens that log when a run has begun already.
_STATE = re.compile(r"^(\S+ \S+),(\d+) - (Start|Finish|Mock Version): (.*)$", re.MULTILINE)
_TOOL = re.compile(r"^chroot \[.*(kiwi|image-builder\W+(-v|manifest)\b|osbuild/run\.sh).*\]\Z")
_NO_BUILD = ("--version",)
_ARCH = {"createKiwiImage", "imageBuilderBuildArch"}


@dataclass(frozen=True)
class Span:
    """Something mock did, in seconds since the epoch."""

    what: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """A build of one arch.

    :param whole: seconds from the call that made the parent task to its end
    :param root: of mock filling the build root
    :param tool: of the tool's commands in it
    :param mock_calls: how often mock was started
    :param rest: all other seconds, by where they went
    """

    whole: float
    root: float
    tool: float
    mock_calls: int
    rest: dict[str, float] = field(default_factory=dict)

    @property
    def overhead(self) -> float:
        return self.whole - self.root - self.tool


def of_task(koji: Koji, task: int) -> Timeline:
    """Read it from the hub; the task is closed."""
    session = koji.session()
    parent = session.getTaskInfo(task)
    children = session.getTaskChildren(task)
    arch = session.getTaskInfo(next(c["id"] for c in children if c["method"] in _ARCH))
    tag = [session.getTaskInfo(c["id"]) for c in children if c["method"] == "tagBuild"]
    spans = tuple(_spans(session.downloadTaskOutput(arch["id"], "state.log").decode()))
    runs = [span for span in spans if span.what == "run"]
    root = next(span.seconds for span in spans if span.what == "chroot init")
    tool = sum(span.seconds for span in spans if _builds(span))
    in_mock = sum(run.seconds for run in runs)
    return Timeline(
        whole=parent["completion_ts"] - parent["create_ts"],
        root=root,
        tool=tool,
        mock_calls=len(runs),
        rest={
            "tasks wait to be taken": sum(_wait(info) for info in (parent, arch, *tag)),
            "parent, until its arch": arch["create_ts"] - parent["start_ts"],
            "arch, until mock": runs[0].start - arch["start_ts"],
            "arch, in mock": in_mock - root - tool,
            "arch, between mock calls": runs[-1].end - runs[0].start - in_mock,
            "arch, after mock": arch["completion_ts"] - runs[-1].end,
            **_end(parent, arch, tag),
        },
    )


def _end(parent: Any, arch: Any, tag: list[Any]) -> dict[str, float]:
    """What comes after the arch: the import, the tag."""
    whole = float(parent["completion_ts"] - arch["completion_ts"])
    tasks = sum(info["completion_ts"] - info["create_ts"] for info in tag)
    own = sum(info["completion_ts"] - info["start_ts"] for info in tag)
    return {"parent, after its arch": whole - tasks, "tag task": own}


def _wait(info: Any) -> float:
    return float(info["start_ts"] - info["create_ts"])


def _builds(span: Span) -> bool:
    return bool(_TOOL.match(span.what)) and not any(word in span.what for word in _NO_BUILD)


def _spans(text: str) -> Iterator[Span]:
    """What mock did, nested things in front of what they are in."""
    stack: list[tuple[str, float]] = []
    for day_and_time, milliseconds, edge, what in _STATE.findall(text):
        when = datetime.fromisoformat(day_and_time).timestamp() + int(milliseconds) / 1000
        if edge == "Mock Version":
            stack.append(("run", when))
        elif edge == "Start":
            stack.append((what, when))
        else:
            begun, start = stack.pop()
            assert begun == what, text
            yield Span(what, start, when)

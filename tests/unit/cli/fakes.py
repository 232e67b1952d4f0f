"""A hub in memory, for watching and for submitting, and values to fill it with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from koji_imagebuild.cli.hub import ArchRequest, Build, Ending, HubSilent, Task, TaskState
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.result import ArchResult, FileSum
from koji_imagebuild.model.target import RepoInfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DISK = NVR("minidist-Disk", "1.0.0", "3")
COMMIT = "4a78eb5" + 33 * "0"
START = 1_700_000_000.0


def parent(state: TaskState = TaskState.OPEN, **changed: object) -> Task:
    task = Task(41, "imageBuildLocal", state, "noarch", "builder", START, START + 1, None)
    return replace(task, **changed)  # type: ignore[arg-type]


def arch_task(
    task_id: int, arch: str, state: TaskState = TaskState.OPEN, **changed: object
) -> Task:
    asked = ArchRequest(
        DISK, arch, RepoInfo(7, 1284, "minidist-build"), f"git+http://h/scm/descriptions#{COMMIT}"
    )
    host = "builder" if arch == "x86_64" else "builder-arm"
    task = Task(
        task_id, "createKiwiImage", state, arch, host, START + 2, START + 3, None, asked=asked
    )
    return replace(task, **changed)  # type: ignore[arg-type]


def result(task_id: int, arch: str) -> ArchResult:
    image = f"{DISK}.{arch}.qcow2"
    sums = (
        FileSum(image, 31_600_000, "5b1f" + 60 * "0"),
        FileSum(f"{image}.spdx.json", 3000, 64 * "1"),
        FileSum(f"{DISK}.{arch}.kiwi.xml", 2000, 64 * "2"),
    )
    return ArchResult(
        arch, task_id, DISK, tuple(s.name for s in sums), ("20-kiwi.log",), (), sums=sums
    )


@dataclass
class FakeWatchHub:
    """What a watcher sees; tests change it between two polls."""

    parent: Task = field(default_factory=parent)
    kids: list[Task] = field(default_factory=list)
    logs: dict[int, bytes] = field(default_factory=dict)
    endings: dict[int, Ending] = field(default_factory=dict)
    made: Build | None = None
    silent: bool = False
    reads: list[tuple[int, int]] = field(default_factory=list)

    def task(self, task_id: int) -> Task:
        if self.silent:
            raise HubSilent("connection refused")
        assert task_id == self.parent.id
        return self.parent

    def children(self, task_id: int) -> tuple[Task, ...]:
        return tuple(self.kids)

    def log(self, task_id: int, name: str, offset: int, size: int) -> bytes:
        assert name == "mock_output.log"
        self.reads.append((offset, size))
        return self.logs.get(task_id, b"")[offset:][:size]

    def ending(self, task: Task) -> Ending:
        return self.endings.pop(task.id)

    def build(self, task_id: int) -> Build | None:
        return self.made


@dataclass
class FakeSubmitHub:
    """Takes uploads and tasks."""

    tag_arches: tuple[str, ...] = ("x86_64", "aarch64")
    uploads: list[tuple[str, str, bytes]] = field(default_factory=list)
    tasks: list[tuple[list[object], int | None]] = field(default_factory=list)

    def arches(self, target: str) -> tuple[str, ...]:
        return self.tag_arches

    def upload(self, path: Path, folder: str) -> None:
        self.uploads.append((folder, path.name, path.read_bytes()))

    def submit(self, arguments: Sequence[object], priority: int | None) -> int:
        self.tasks.append((list(arguments), priority))
        return 41


class Session:
    """A Koji session that answers from a table; an exception in it is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.opts: dict[str, Any] = {}
        self.logged_out = False

    def logout(self) -> None:
        self.logged_out = True

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, args, kwargs))
            answer = self.answers[name]
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return call

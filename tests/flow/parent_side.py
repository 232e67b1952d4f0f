"""The parent's ports on the fake hub. As the real ones, every call may be made twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, cast

import koji
import koji.xmlrpcplus
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.errors import PreflightError, RequestError, Told
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.model.target import BuildTag, RepoInfo, Target
from koji_imagebuild.pipeline.ports import Build, Child, Ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from koji_imagebuild.model.target import RepoChoice

    from .hub import BuildRow, Hub, Task
    from .line import Line

TARGET = Target("demo-target", 2, "demo-build", 3, "demo-candidate")

#: Runs an arch task on some builder until it is not open any more.
RunTask = Callable[["Task"], None]


class FakeDesk:
    """A task's folders, and what it said."""

    def __init__(self, hub: Hub, task_id: int, workdir: Path, line: Line) -> None:
        self._hub = hub
        self._line = line
        self.task_id = task_id
        self.workdir = workdir
        self.said: list[str] = []

    def upload(self, path: Path, name: str) -> None:
        with self._line.call(f"upload {name}"):
            self._hub.upload(self.task_id, path, name)

    def say(self, text: str) -> None:
        self.said.append(text)


class FakeParentHub:
    def __init__(self, hub: Hub, task_id: int, line: Line) -> None:
        self._hub = hub
        self._task_id = task_id
        self._line = line

    def target(self, name: str) -> Target:
        with self._line.call("target"):
            if name != TARGET.name:
                raise RequestError(f"There is no target {name!r}")
            return TARGET

    def build_tag(self, target: Target) -> BuildTag:
        with self._line.call("build_tag"):
            arches = tuple(self._hub.arches.split())
            return BuildTag(target.build_tag, target.build_tag_name, arches, host_devices=True)

    def repository(self, tag: BuildTag, choice: RepoChoice) -> RepoInfo:
        with self._line.call("repository"):
            return RepoInfo(choice.repo_id or self._hub.repo_id, 1284, tag.name)

    def same_repository(self, tag: BuildTag, repo: RepoInfo) -> RepoInfo:
        with self._line.call("same_repository"):
            if repo.id in self._hub.deleted_repos:
                raise PreflightError(f"Repository {repo.id} is gone")
            return repo

    def groups(self, tag: BuildTag, event: int) -> frozenset[str]:
        with self._line.call("groups"):
            return frozenset(self._hub.groups)

    def why_not_tagged(self, target: Target, name: str) -> Told | None:
        with self._line.call("why_not_tagged"):
            if name in self._hub.packages:
                return None
            return PreflightError(f"Package {name} is not in the list of tag demo-candidate")

    def knows_file_type(self, file_name: str) -> bool:
        with self._line.call("knows_file_type"):
            return self._hub.knows_file_type(file_name)

    def last_release(self, name: str, version: str) -> str | None:
        with self._line.call("last_release"):
            rows = [b for b in self._hub.builds.values() if (b.name, b.version) == (name, version)]
            return rows[-1].release if rows else None

    def next_release(self, name: str, version: str) -> str:
        with self._line.call("next_release"):
            return self._hub.next_release(name, version)

    def own_build(self) -> Build | None:
        with self._line.call("own_build"):
            wanted = (BUILD_STATES["COMPLETE"], BUILD_STATES["BUILDING"])
            for row in self._hub.builds.values():
                if row.task_id == self._task_id and row.state in wanted:
                    return _build(row)
            return None

    def open_build(self, name: str, version: str, release: str | None, source: str) -> Build:
        with self._line.call("open_build"):
            return _build(self._hub.init_image_build(self._task_id, name, version, release, source))

    def complete_build(self, build: Build, results: Mapping[str, object]) -> None:
        with self._line.call("complete_build"):
            self._hub.complete_image_build(self._task_id, build.id, _over_the_wire(results))

    def fail_build(self, build: Build) -> None:
        with self._line.call("fail_build"):
            self._hub.fail_build(self._task_id, build.id)

    def move_to_scratch(self, results: Mapping[str, object]) -> None:
        with self._line.call("move_to_scratch"):
            if str(self._task_id) not in self._hub.moved_to_scratch:
                self._hub.move_image_build_to_scratch(self._task_id, _over_the_wire(results))

    def tag_build(self, build: Build, target: Target) -> None:
        with self._line.call("tags of the build"):
            if str(build.nvr) in self._hub.tagged:
                return
        with self._line.call("tag_build"):
            self._hub.tag_build(build.id)

    def unknown_rpms(self, rpms: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
        with self._line.call("unknown_rpms"):
            return tuple(
                str(rpm["name"])
                for rpm in rpms
                if not rpm.get("location") and not self._hub.get_rpm(rpm)
            )

    def missing_files(self, task_id: int, names: Iterable[str]) -> tuple[str, ...]:
        with self._line.call("missing_files"):
            there = {path.name for path in self._hub.folder(task_id).iterdir()}
            return tuple(name for name in names if name not in there)

    def image_folder(self, build: Build) -> str:
        row = self._hub.builds[build.id]
        return str(self._hub.build_folder(row) / "images")


class FakeChildren:
    """Arch tasks; they run one after the other, while the parent waits.

    :param run: runs a task on a builder
    :param order: arches in the order in which they end
    """

    def __init__(
        self, hub: Hub, task_id: int, line: Line, run: RunTask, order: Sequence[str]
    ) -> None:
        self._hub = hub
        self._task_id = task_id
        self._line = line
        self._run = run
        self._order = tuple(order)

    def existing(self) -> Mapping[str, Child]:
        with self._line.call("existing children"):
            return {
                str(task.label): Child(task.id, tuple(task.arguments))
                for task in self._hub.children(self._task_id)
            }

    def spawn(self, method: str, arguments: list[object], arch: str) -> int:
        with self._line.call(f"spawn {arch}"):
            return self._hub.make_task(method, arguments, parent=self._task_id, label=arch)

    def wait_any(self, task_ids: Sequence[int]) -> tuple[Ended, ...]:
        """As ``host.taskWait``: what ended already is the answer, else the first that ends."""
        with self._line.call("wait"):
            tasks = [self._hub.tasks[task_id] for task_id in task_ids]
            if all(task.open for task in tasks):
                self._run(min(tasks, key=lambda task: self._order.index(str(task.label))))
            return tuple(_ended(task) for task in tasks if not task.open)

    def cancel(self) -> None:
        with self._line.call("cancel"):
            self._hub.cancel_children(self._task_id)


def _build(row: BuildRow) -> Build:
    complete = row.state == BUILD_STATES["COMPLETE"]
    return Build(row.id, NVR(row.name, row.version, row.release), complete, row.source)


def _ended(task: Task) -> Ended:
    if task.state != TASK_STATES["CLOSED"]:
        return Ended(task.id, error=task.fault)
    ((answer,), _method) = koji.xmlrpcplus.loads(task.result)
    return Ended(task.id, ArchResult.from_wire(answer, f"result of task {task.id}"))


def _over_the_wire(results: Mapping[str, object]) -> Mapping[str, Mapping[str, Any]]:
    """What arrives at the hub; XML-RPC refuses keys that are no strings."""
    sent = koji.xmlrpcplus.dumps((results,), methodname="host.call", allow_none=True)
    ((arrived,), _method) = koji.xmlrpcplus.loads(sent)
    return cast("Mapping[str, Mapping[str, Any]]", arrived)

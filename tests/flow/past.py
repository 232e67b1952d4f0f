"""Earlier tasks and their files, on the fake hub."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import koji.xmlrpcplus
from koji import BUILD_STATES, TASK_STATES

from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.pipeline.rebuild.origin import OldArch, OldBuild, OldTask
from koji_imagebuild.pipeline.resolve import no_address
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from koji_imagebuild.model.nvr import NVR

    from .hub import BuildRow, Hub, Task
    from .line import Line


class FakeLedger:
    def __init__(self, hub: Hub, line: Line) -> None:
        self._hub = hub
        self._line = line

    def task(self, task_id: int) -> OldTask | None:
        with self._line.call("earlier task"):
            task = self._hub.tasks.get(task_id)
            if task is None:
                return None
            state = TASK_STATES[task.state]
            files, arguments = self._files(task), tuple(task.arguments)
            return OldTask(task.id, task.method, arguments, state, task.parent, files)

    def arch_tasks(self, task_id: int) -> Mapping[str, OldArch]:
        with self._line.call("earlier arch tasks"):
            tasks = [task for task in self._hub.children(task_id) if task.method != "tagBuild"]
            return {str(task.label): self._arch(task) for task in tasks}

    def build_of(self, task_id: int) -> OldBuild | None:
        with self._line.call("earlier build of a task"):
            found = [row for row in self._hub.builds.values() if row.task_id == task_id]
            return _build(found[-1]) if found else None

    def build(self, nvr: str) -> OldBuild | None:
        with self._line.call("earlier build"):
            found = [row for row in self._hub.builds.values() if row.nvr == nvr]
            return _build(found[0]) if found else None

    def _files(self, task: Task) -> frozenset[str]:
        return frozenset(path.name for path in self._hub.folder(task.id).iterdir())

    def _arch(self, task: Task) -> OldArch:
        result = None
        if task.state == TASK_STATES["CLOSED"]:
            result = ArchResult.from_wire(koji.xmlrpcplus.loads(task.result)[0][0])
        job = registry.ARCH_TASKS["fake"].read(task.arguments, no_address)
        state = TASK_STATES[task.state]
        return OldArch(task.id, state, job, result, task.fault, self._files(task))


class FakeShelf:
    """:ivar opened: names of the files that were read"""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.opened: list[str] = []

    def open(self, task_id: int, name: str, nvr: NVR) -> AbstractContextManager[IO[bytes]] | None:
        del nvr
        path = self._hub.folder(task_id) / name
        if not path.is_file():
            return None
        self.opened.append(name)
        return path.open("rb")


def _build(row: BuildRow) -> OldBuild:
    return OldBuild(row.nvr, BUILD_STATES[row.state], row.task_id)

"""A parent's arch tasks on the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.pipeline.ports import Child, Ended
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ARCH_METHODS = frozenset(wire.METHOD for wire in registry.ARCH_TASKS.values())


class KojidChildren:
    """Children of a running ``koji.tasks.BaseTaskHandler``."""

    def __init__(self, task: Any) -> None:
        self._task = task

    def existing(self) -> Mapping[str, Child]:
        children = self._task.session.getTaskChildren(self._task.id, request=True)
        return {
            child["label"]: Child(child["id"], tuple(koji.decode_args(*child["request"])[0]))
            for child in children
            if child["method"] in _ARCH_METHODS
        }

    def spawn(self, method: str, arguments: list[object], arch: str) -> int:
        task_id: int = self._task.subtask(method, arguments, label=arch, arch=arch)
        return task_id

    def wait_any(self, task_ids: Sequence[int]) -> tuple[Ended, ...]:
        pending = list(task_ids)
        answers = self._task.wait(pending, all=False, canfail=pending)
        return tuple(self._ended(task_id, answer) for task_id, answer in answers.items())

    def cancel(self) -> None:
        self._task.session.cancelTaskChildren(self._task.id)

    def _ended(self, task_id: int, answer: Any) -> Ended:
        if isinstance(answer, dict) and "faultCode" in answer:
            return Ended(task_id, error=str(answer.get("faultString") or "failed"))
        result = ArchResult.from_wire(answer, f"result of task {task_id}")
        return Ended(task_id, result if result.host else replace(result, host=self._host(task_id)))

    def _host(self, task_id: int) -> str:
        """Where a task ran: Koji's own plugin does not tell."""
        session = self._task.session
        return str(session.getHost(session.getTaskInfo(task_id)["host_id"], strict=True)["name"])

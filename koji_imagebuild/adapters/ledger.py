"""Earlier tasks and builds, read through a Koji session: a builder's, or the command line's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.pipeline.rebuild.origin import OldArch, OldBuild, OldTask
from koji_imagebuild.pipeline.resolve import no_address
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.job import ArchJob

_ARCH_METHODS = frozenset(wire.METHOD for wire in registry.ARCH_TASKS.values())


class KojiLedger:
    """:param session: ``koji.ClientSession``; it need not be logged in"""

    def __init__(self, session: Any) -> None:
        self._session = session

    def task(self, task_id: int) -> OldTask | None:
        info = self._session.getTaskInfo(task_id, request=True)
        if not info:
            return None
        return OldTask(
            id=task_id,
            method=info["method"],
            arguments=tuple(koji.decode_args(*info["request"])[0]),
            state=koji.TASK_STATES[info["state"]],
            parent=info["parent"],
            files=frozenset(self._session.listTaskOutput(task_id)),
        )

    def arch_tasks(self, task_id: int) -> Mapping[str, OldArch]:
        children = self._session.getTaskChildren(task_id, request=True)
        return {
            child["label"]: self._arch(child)
            for child in children
            if child["method"] in _ARCH_METHODS and child["label"]
        }

    def build_of(self, task_id: int) -> OldBuild | None:
        builds = self._session.listBuilds(taskID=task_id)
        if not builds:
            return None
        return _build(max(builds, key=lambda build: int(build["build_id"])))

    def build(self, nvr: str) -> OldBuild | None:
        info = self._session.getBuild(nvr)
        return _build(info) if info else None

    def _arch(self, child: Mapping[str, Any]) -> OldArch:
        task_id, state = child["id"], koji.TASK_STATES[child["state"]]
        result, error = None, ""
        if state in {"CLOSED", "FAILED"}:
            answer = self._session.getTaskResult(task_id, raise_fault=False)
            result, error = _ended(state, answer)
        return OldArch(
            task_id=task_id,
            state=state,
            job=_job(child["method"], koji.decode_args(*child["request"])[0]),
            result=result,
            error=error,
            files=frozenset(self._session.listTaskOutput(task_id)),
        )


def _ended(state: str, answer: Any) -> tuple[ArchResult | None, str]:
    if state == "FAILED":
        return None, str(answer.get("faultString", "")) if isinstance(answer, dict) else ""
    try:
        return ArchResult.from_wire(answer), ""
    except RequestError:
        return None, "its result is not one that this plugin reads"


def _job(method: str, arguments: Sequence[object]) -> ArchJob[Any] | None:
    try:
        return registry.arch_task(method).read(arguments, no_address)
    except RequestError:
        return None


def _build(info: Mapping[str, Any]) -> OldBuild:
    return OldBuild(
        "{name}-{version}-{release}".format(**info),
        koji.BUILD_STATES[info["state"]],
        info.get("task_id"),
    )

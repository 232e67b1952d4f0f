"""A Koji session as the command line uses it: Koji's dicts become values here."""

from __future__ import annotations

import contextlib
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Callable
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, ResponseError

import koji

from koji_imagebuild.cli.errors import last_line
from koji_imagebuild.cli.hub import (
    ArchRequest,
    Build,
    Ending,
    HubSilent,
    Task,
    TaskState,
)
from koji_imagebuild.cli.watch import words
from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.model.target import RepoInfo
from koji_imagebuild.tools.registry import ARCH_TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Koji's session waits 20 s between 30 tries of its own; a watcher has its own patience and has to
# go on drawing (koji/__init__.py: _callMethod).
_WATCHING = {"max_retries": 0, "offline_retry": False, "timeout": 60}
_SILENCE = (
    OSError,  # requests' own errors are of this kind
    koji.ServerOffline,
    HTTPException,
    ExpatError,
    ResponseError,
)
_ARCH_TASKS = {task.METHOD: task for task in ARCH_TASKS.values()}


class KojiSubmitHub:
    """A session that is logged in."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def arches(self, target: str) -> tuple[str, ...]:
        info = self._session.getBuildTarget(target)
        if info is None:
            raise RequestError(
                f"There is no target {target!r}", repair="koji list-targets shows them all"
            )
        arches = self._session.getBuildConfig(info["build_tag"])["arches"]
        return tuple((arches or "").split())

    def upload(self, path: Path, folder: str) -> None:
        self._session.uploadWrapper(str(path), folder)

    def submit(self, arguments: Sequence[object], priority: int | None) -> int:
        return int(self._session.imageBuildLocal(*arguments, priority=priority))

    def resubmit(
        self,
        origin: int,
        arches: Sequence[str],
        opts: Mapping[str, object],
        priority: int | None,
    ) -> int:
        call = self._session.imageRebuildLocal
        return int(call(origin, list(arches), dict(opts), priority=priority))


class KojiWatchHub:
    """A session that only looks on; logged out, because the login may expire before the build."""

    def __init__(self, session: Any) -> None:
        session.opts.update(_WATCHING)
        with contextlib.suppress(*_SILENCE):
            session.logout()
        self._session = session
        self._hosts: dict[int, str] = {}

    def task(self, task_id: int) -> Task:
        info = self._call(lambda: self._session.getTaskInfo(task_id, request=True))
        return self._task(info)

    def children(self, task_id: int) -> tuple[Task, ...]:
        found = self._call(lambda: self._session.getTaskChildren(task_id, request=True))
        return tuple(self._task(info) for info in sorted(found, key=lambda info: int(info["id"])))

    def log(self, task_id: int, name: str, offset: int, size: int) -> bytes:
        download = self._session.downloadTaskOutput
        try:
            return bytes(self._call(lambda: download(task_id, name, offset=offset, size=size)))
        except (koji.GenericError, Fault):
            # No such file yet, or one that kojid is just replacing.
            return b""

    def ending(self, task: Task) -> Ending:
        if task.state is TaskState.CANCELED:
            return Ending()
        try:
            result = self._call(lambda: self._session.getTaskResult(task.id))
        except koji.GenericError as problem:
            return Ending(error=words.printable(str(problem).strip()))
        except Fault as problem:
            return Ending(error=words.printable(last_line(problem.faultString)))
        return Ending(_result(result) if task.asked else None)

    def build(self, task_id: int) -> Build | None:
        builds = self._call(lambda: self._session.listBuilds(taskID=task_id))
        if not builds:
            return None
        info = max(builds, key=lambda build: int(build["build_id"]))
        tags = self._call(lambda: self._session.listTags(build=info["build_id"]))
        return Build(
            nvr=NVR(info["name"], info["version"], info["release"]),
            tags=tuple(sorted(tag["name"] for tag in tags)),
            folder=koji.PathInfo(topdir="").build(info).lstrip("/"),
        )

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except _SILENCE as problem:
            raise HubSilent(str(problem)) from None

    def _task(self, info: Mapping[str, Any]) -> Task:
        asked = _asked(info["method"], info.get("request") or ())
        return Task(
            id=info["id"],
            method=info["method"],
            state=TaskState(info["state"]),
            arch=asked.arch if asked else info["arch"],
            host=self._host(info["host_id"]),
            created=info["create_ts"],
            started=info["start_ts"],
            completed=info["completion_ts"],
            asked=asked,
        )

    def _host(self, host_id: int | None) -> str:
        if host_id is None:
            return ""
        if host_id not in self._hosts:
            self._hosts[host_id] = self._call(lambda: self._session.getHost(host_id))["name"]
        return self._hosts[host_id]


def _result(value: object) -> ArchResult | None:
    """None for a result that only another version of the builder's plugin could explain."""
    try:
        return ArchResult.from_wire(value)
    except RequestError:
        return None


def _asked(method: str, request: Sequence[Any]) -> ArchRequest | None:
    if method not in _ARCH_TASKS:
        return None
    given = dict(zip(_ARCH_TASKS[method].PARAMETERS, request))
    return ArchRequest(
        nvr=NVR(given["name"], given["version"], given["release"]),
        arch=given["arch"],
        repo=RepoInfo.from_wire(given["repo_info"], ""),
        source=_ARCH_TASKS[method].source(given),
    )

"""A hub as the builder's parts see it: it keeps what it is told."""

# ruff: noqa: N802, FBT001, FBT002  # the names and signatures are Koji's

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import koji

READY = koji.REPO_STATES["READY"]


@dataclass
class Host:
    """The calls of ``session.host``."""

    states: list[tuple[int, Any]] = field(default_factory=list)
    lists: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    repos_done: dict[int, dict[str, Any]] = field(default_factory=dict)
    tagged: list[tuple[Any, ...]] = field(default_factory=list)
    notified: list[tuple[Any, ...]] = field(default_factory=list)
    tag_error: Exception | None = None

    def getID(self) -> int:
        return 1

    def getHost(self) -> dict[str, Any]:
        return {"enabled": True, "capacity": 10.0}

    def newBuildRoot(self, repo: int, arch: str, task_id: int) -> int:
        return 7

    def setBuildRootState(self, broot: int, state: Any) -> None:
        self.states.append((broot, state))

    def setBuildRootList(self, broot: int, rpms: list[dict[str, Any]]) -> None:
        self.lists[broot] = rpms

    def repoInit(self, tag: int, **more: Any) -> list[int]:
        self.repo_asked = (tag, more)
        return [5, 100]

    def repoDone(self, repo: int, data: dict[str, Any]) -> None:
        self.repos_done[repo] = data

    def tagBuild(self, *arguments: Any, **more: Any) -> None:
        if self.tag_error:
            raise self.tag_error
        self.tagged.append(arguments)

    def tagNotification(self, *arguments: Any) -> None:
        self.notified.append(arguments)


@dataclass
class Hub:
    """A session. :param extra: options of the tag"""

    extra: dict[str, Any] = field(default_factory=dict)
    external: list[dict[str, Any]] = field(default_factory=list)
    repo_state: int = READY
    host: Host = field(default_factory=Host)
    uploads: dict[str, bytes] = field(default_factory=dict)
    task_states: dict[int, str] = field(default_factory=dict)
    opts: dict[str, Any] = field(default_factory=lambda: {"use_fast_upload": True})

    def repoInfo(self, repo: int, strict: bool = False) -> dict[str, Any]:
        return {"id": repo, "tag_id": 2, "tag_name": "minidist-build", "create_event": 100,
                "state": self.repo_state}  # fmt: skip

    def getBuildConfig(self, tag: Any, event: int | None = None) -> dict[str, Any] | None:
        if tag == "other":
            return {"id": 3, "name": "other", "extra": {}}
        return {"id": 2, "name": "minidist-build", "arches": "x86_64", "extra": self.extra}

    def getExternalRepoList(self, tag: int, event: int | None = None) -> list[dict[str, Any]]:
        return self.external

    def getTag(self, tag: Any, strict: bool = False, event: int | None = None) -> dict[str, Any]:
        return {"id": 2, "name": "minidist-build"}

    def getBuild(self, build: int, strict: bool = False) -> dict[str, Any]:
        return {"id": build}

    def getTaskInfo(self, task: int, **_: Any) -> dict[str, Any]:
        state = self.task_states.get(task, "OPEN")
        return {"id": task, "owner": 9, "state": koji.TASK_STATES[state]}

    def listBuildroots(self, **_: Any) -> list[dict[str, Any]]:
        return []

    def getSessionInfo(self) -> dict[str, Any]:
        return {"start_ts": 0}

    def uploadWrapper(
        self, local: str, path: str, name: str | None = None, volume: str | None = None
    ) -> None:
        self.uploads[f"{path}/{name or Path(local).name}"] = Path(local).read_bytes()

    def rawUpload(
        self, content: bytes, offset: int, path: str, name: str, overwrite: bool = False
    ) -> dict[str, Any]:
        before = self.uploads.get(f"{path}/{name}", b"")[:offset]
        self.uploads[f"{path}/{name}"] = before + content
        return {"hexdigest": f"{zlib.adler32(content) & 0xFFFFFFFF:08x}"}

    def _forget(self) -> None:
        pass

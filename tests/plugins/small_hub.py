"""A hub as small as the hub plugin's needs: ``kojihub`` and ``context.session``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import koji.tasks

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class User:
    """``context.session``."""

    user_id: int = 7
    permissions: tuple[str, ...] = ("image",)

    def hasPerm(self, name: str) -> bool:  # noqa: N802  # kojihub's name
        return name in self.permissions

    def assertPerm(self, name: str) -> None:  # noqa: N802  # kojihub's name
        if not {name, "admin"} & set(self.permissions):
            raise koji.ActionNotAllowed(f"{name} permission required")


@dataclass
class KojiHub:
    """The functions of ``kojihub`` that the plugin uses, with their rules.

    :ivar denied: policies that say no
    :ivar earlier: tasks, by id
    :ivar builds: by package name
    """

    tasks: list[tuple[str, list[Any], dict[str, Any]]] = field(default_factory=list)
    denied: tuple[str, ...] = ()
    consulted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    arches: str | None = "x86_64 aarch64"
    earlier: dict[int, dict[str, Any]] = field(default_factory=dict)
    builds: dict[str, dict[str, Any]] = field(default_factory=dict)

    def getTaskInfo(self, task_id: int, *, request: bool) -> dict[str, Any] | None:  # noqa: N802
        assert request
        return self.earlier.get(task_id)

    def get_build(self, nvr: str) -> dict[str, Any] | None:
        return self.builds.get(koji.parse_NVR(nvr)["name"])

    def get_build_target(self, info: str, *, strict: bool = False) -> dict[str, Any] | None:
        if info != "minidist":
            if strict:
                raise koji.GenericError(f"No matching build target found: {info}")
            return None
        return {"name": info, "build_tag": 2, "dest_tag": 3}

    def RootExports(self) -> KojiHub:  # noqa: N802  # kojihub's name
        return self

    def getBuildConfig(self, tag: int) -> dict[str, Any]:  # noqa: N802  # kojihub's name
        assert tag == 2
        return {"id": tag, "name": "minidist-build", "arches": self.arches, "extra": {}}

    def policy_data_from_task_args(self, method: str, arglist: Sequence[Any]) -> dict[str, Any]:
        params = koji.tasks.parse_task_params(method, arglist)
        opts = params.get("opts") or {}
        return {"target": params["target"], "scratch": opts.get("scratch", False)}

    def assert_policy(self, name: str, data: dict[str, Any]) -> None:
        self.consulted.append((name, data))
        if name in self.denied:
            raise koji.ActionNotAllowed(f"policy violation ({name})")

    def make_task(self, method: str, arglist: list[Any], **opts: Any) -> int:
        self.tasks.append((method, arglist, opts))
        return 41

"""How it ended, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.cli.hub import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.cli.watch.state import Row, Snapshot
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.rebuild.plan import Plan


def document(task_id: int, seen: Snapshot | None, plan: Plan | None = None) -> dict[str, object]:
    """One object; ``seen`` is None for a task nobody watched.

    States are Koji's names for them. ``build`` is an N-V-R, or null where there is none.

    :param plan: of a rebuild
    """
    built = {} if seen is None else {row.task.arch: _arch(row) for row in seen.arches}
    return {
        "task": task_id,
        "state": seen.parent.task.state.name if seen else "FREE",
        "build": str(seen.build.nvr) if seen and seen.build else None,
        "error": (seen and seen.parent.error) or None,
        **({"arches": built} if plan is None else _rebuilt(built, plan)),
    }


def _rebuilt(built: Mapping[str, dict[str, object]], plan: Plan) -> dict[str, object]:
    """All arches of the build; one that was to be reused has a task where its files differed."""
    reused = {arch: result for arch, result in plan.reused.items() if arch not in built}
    return {
        "arches": {
            **{arch: {**_reused(result), "reused": True} for arch, result in reused.items()},
            **{arch: {**told, "reused": False} for arch, told in built.items()},
        },
        "rebuild": {
            "task": plan.origin,
            "reused": {arch: result.task_id for arch, result in reused.items()},
        },
    }


def _reused(result: ArchResult) -> dict[str, object]:
    return {
        "task": result.task_id,
        "state": TaskState.CLOSED.name,
        "files": _files(result),
        "error": None,
    }


def _arch(row: Row) -> dict[str, object]:
    return {
        "task": row.task.id,
        "state": row.task.state.name,
        "files": _files(row.result) if row.result else [],
        "error": row.error or None,
    }


def _files(result: ArchResult) -> list[dict[str, object]]:
    sums = {file.name: file for file in result.sums}
    return [
        {"name": name, "size": sums[name].size, "sha256": sums[name].sha256}
        if name in sums
        else {"name": name, "size": None, "sha256": None}
        for name in result.files
    ]

"""How it ended, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koji_imagebuild.cli.watch.state import Row, Snapshot
    from koji_imagebuild.model.result import ArchResult


def document(task_id: int, seen: Snapshot | None) -> dict[str, object]:
    """One object; ``seen`` is None for a task nobody watched.

    States are Koji's names for them. ``build`` is an N-V-R, or null where there is none.
    """
    if seen is None:
        return {"task": task_id, "state": "FREE", "build": None, "error": None, "arches": {}}
    return {
        "task": task_id,
        "state": seen.parent.task.state.name,
        "build": str(seen.build.nvr) if seen.build else None,
        "error": seen.parent.error or None,
        "arches": {row.task.arch: _arch(row) for row in seen.arches},
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

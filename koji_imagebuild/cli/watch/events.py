"""What changed between two snapshots, as plain lines: for logs and pipes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.cli.hub import TaskState
from koji_imagebuild.cli.watch import words
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from koji_imagebuild.cli.watch.state import Row, Snapshot


def changes(before: Snapshot | None, after: Snapshot) -> tuple[str, ...]:
    """One line an event, oldest task first."""
    lines = []
    if after.asked and not (before and before.asked):
        lines.append(words.heading(after.asked))
    known = {row.task.id: _event(row) for row in _rows(before)} if before else {}
    lines += [
        _line(row, after.now) for row in _rows(after) if known.get(row.task.id) != _event(row)
    ]
    return tuple(lines)


def _rows(snapshot: Snapshot) -> tuple[Row, ...]:
    if snapshot.ended:
        return (*snapshot.children, snapshot.parent)
    return (snapshot.parent, *snapshot.children)


def _event(row: Row) -> tuple[object, ...]:
    return row.task.state, row.task.host, row.step


def _line(row: Row, now: float) -> str:
    task, (status, detail) = row.task, words.status(row)
    arch = f"{task.arch}  " if task.asked else ""
    words_after = [status]
    if task.state is TaskState.OPEN and not row.step:
        words_after.append(f"on {task.host}")
    seconds = row.seconds(now)
    if task.state.ended and seconds is not None:
        words_after.append(f"after {duration(seconds)}")
    told = " ".join(words_after)
    return f"{arch}{task.id} {task.method}  {told}" + (f", {detail}" if detail else "")

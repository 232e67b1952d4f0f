"""A snapshot as lines for a terminal. Pure: golden files hold the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.cli.hub import TaskState
from koji_imagebuild.cli.watch import words
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.cli.watch.state import Row, Snapshot

_COLOURS: Final = {
    TaskState.CLOSED: "32",
    TaskState.FAILED: "31",
    TaskState.CANCELED: "31",
}
#: Arch, task, host and time.
_COLUMNS: Final = (str.ljust, str.ljust, str.ljust, str.rjust)


@dataclass(frozen=True)
class Style:
    """How much a terminal can show.

    :param width: in columns; lines are cut there
    """

    width: int
    colour: bool = False


def render(snapshot: Snapshot, silent: float, style: Style) -> tuple[str, ...]:
    """The heading, a row a task, and the hub's silence.

    :param silent: seconds since the hub stopped answering, or 0
    """
    lines = [words.heading(snapshot.asked)] if snapshot.asked else []
    if silent:
        lines.append(f"the hub has not answered for {duration(silent)}, trying again")
    return (
        *(words.cut(line, style.width) for line in lines),
        *_table(_shown(snapshot), snapshot.now, style),
    )


def _shown(snapshot: Snapshot) -> tuple[Row, ...]:
    """The children, and the parent while it is the one that works."""
    busy = any(not row.task.state.ended for row in snapshot.children)
    if snapshot.children and (busy or snapshot.ended):
        return snapshot.children
    return (*snapshot.children, snapshot.parent)


def _table(rows: Sequence[Row], now: float, style: Style) -> tuple[str, ...]:
    columns = zip(*(_cells(row, now) for row in rows))
    padded = [
        [justify(cell, max(map(len, column))) for cell in column]
        for column, justify in zip(columns, _COLUMNS)
        if any(column)
    ]
    return tuple(
        _finished("  ".join(("", *cells, "")), row, style) for row, cells in zip(rows, zip(*padded))
    )


def _cells(row: Row, now: float) -> tuple[str, str, str, str]:
    task, seconds = row.task, row.seconds(now)
    return (
        task.arch if task.asked else "",
        f"{task.id} {task.method}",
        task.host,
        "" if seconds is None else duration(seconds),
    )


def _finished(left: str, row: Row, style: Style) -> str:
    status, detail = words.status(row)
    line = words.cut(f"{left}{status:<8}  {detail}".rstrip(), style.width)
    colour = _COLOURS.get(row.task.state)
    if not style.colour or colour is None:
        return line
    right = line[len(left) :]
    return f"{line[: len(left)]}\033[{colour}m{right[: len(status)]}\033[0m{right[len(status) :]}"

"""What Koji's clients may ask of a list: ``queryOpts`` and clauses."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable

import koji
import koji.util

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.sandbox.hub.database import Row

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "IS": operator.eq,
    "IS NOT": operator.ne,
    "IN": lambda value, wanted: value in wanted,
    ">": lambda value, limit: value is not None and value > limit,
    ">=": lambda value, limit: value is not None and value >= limit,
    "<": lambda value, limit: value is not None and value < limit,
    "<=": lambda value, limit: value is not None and value <= limit,
}


def apply(rows: list[Row], opts: dict[str, Any] | None) -> Any:
    """``order`` (several by comma, ``-name`` descends), ``offset``, ``limit``, ``countOnly``."""
    opts = opts or {}
    for key in reversed((opts.get("order") or "").split(",")):
        name = key.lstrip("-")
        if name:
            _check(rows, name)
            rows = sorted(rows, key=lambda row: _rank(row[name]), reverse=key.startswith("-"))
    rows = rows[opts.get("offset") or 0 :]
    if opts.get("limit") is not None:
        rows = rows[: opts["limit"]]
    return len(rows) if opts.get("countOnly") else rows


def seconds(value: Any) -> float:
    """:param value: seconds since 1970, or a date as ``koji.util.parseTime`` reads it"""
    found = koji.util.parseTime(value) if isinstance(value, str) else value
    if found is None:
        raise koji.GenericError(f"Invalid time: {value}")
    return float(found)


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is None, 0 if value is None else value)


def _check(rows: list[Row], name: str) -> None:
    if rows and name not in rows[0]:
        raise koji.ParameterError(f"Invalid order: {name}")


def match(rows: list[Row], clauses: Sequence[Sequence[Any]] | None) -> list[Row]:
    """Clauses of ``scheduler.*`` and ``repo.*``: ``[field, value]``, ``[field, sign, value]``."""
    for clause in clauses or ():
        field, *middle, value = clause
        name = str(middle[0]).upper() if middle else ("IN" if isinstance(value, list) else "=")
        if name not in _OPERATORS:
            raise koji.ParameterError(f"Invalid operator: {name}")
        rows = [row for row in rows if _OPERATORS[name](_field(row, field), value)]
    return rows


def _field(row: Row, name: str) -> Any:
    if name not in row:
        raise koji.ParameterError(f"Invalid field for query {name}")
    return row[name]


def pick(rows: list[Row], fields: Sequence[str] | None) -> list[Row]:
    """Only the fields asked for; all when none, ``*`` or ``**`` is."""
    if not fields or {"*", "**"} & set(fields):
        return rows
    return [{field: _field(row, field) for field in fields} for row in rows]

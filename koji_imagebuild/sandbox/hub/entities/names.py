"""Things that have an id and a name, and what a name may look like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

MAX_LENGTH = 256
INTERNAL = re.compile(r"[A-Za-z0-9/_.+-]+")
USER = re.compile(r"[A-Za-z0-9/_.@-]+")


def verify(name: Any) -> None:
    """The rule for tags, packages, targets and the like (RegexNameInternal of the hub)."""
    _verify(name, INTERNAL, "RegexNameInternal")


def verify_user(name: Any) -> None:
    _verify(name, USER, "RegexUserName")


def _verify(name: Any, rule: re.Pattern[str], rule_name: str) -> None:
    if not isinstance(name, str):
        raise koji.GenericError("Name should be string")
    if len(name) > MAX_LENGTH:
        raise koji.GenericError(f"Name {name} is too long. Max length is {MAX_LENGTH} characters")
    if not rule.fullmatch(name):
        raise koji.GenericError(f"Name {name} does not match {rule_name} value")


def lookup(call: Call, table: str, info: Any, *, strict: bool = False) -> Row | None:
    """Find id and name by either of them, or by a dict that holds one."""
    if isinstance(info, dict):
        if "id" not in info and "name" not in info:
            raise koji.ParameterError(f"Invalid name or id value: {info}")
        info = info.get("id", info.get("name"))
    if isinstance(info, bool) or not isinstance(info, (int, str)):
        raise koji.ParameterError(f"Invalid name or id value: {info}")
    column = "id" if isinstance(info, int) else "name"
    row = call.db.one(
        f"SELECT id, name FROM {table} WHERE {column} = :info",  # noqa: S608 -- names from code
        info=info,
    )
    if row is None and strict:
        raise koji.GenericError(f"No such entry in table {table}: {info}")
    return row


def get_id(call: Call, table: str, info: Any) -> int:
    """:raises koji.GenericError: when there is none"""
    row = lookup(call, table, info, strict=True)
    assert row is not None  # noqa: S101 -- strict
    return int(row["id"])


def find_id(call: Call, table: str, info: Any) -> int | None:
    row = lookup(call, table, info)
    return None if row is None else int(row["id"])


def ensure_id(call: Call, table: str, name: Any) -> int:
    """The id of a name, made when it is new."""
    row = lookup(call, table, name)
    if row is not None:
        return int(row["id"])
    if not isinstance(name, str):
        raise koji.GenericError("Name must be a string")
    return call.db.insert(table, name=name)

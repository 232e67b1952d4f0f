"""Tags as they are, or as they were at an event: configuration, extra, inheritance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

CONFIG = ("arches", "perm_id", "locked")


def find(call: Call, info: Any, event: int | None = None) -> Row | None:
    """A tag with its own extra; a deleted one is not there."""
    tag_id = names.find_id(call, "tag", info)
    row = call.db.one(
        "SELECT tag.id, tag.name, c.arches, c.locked, c.perm_id, permissions.name AS perm"
        " FROM tag JOIN tag_config c ON c.tag_id = tag.id"
        " LEFT JOIN permissions ON permissions.id = c.perm_id"
        " WHERE tag.id = :tag_id AND c.create_event <= :at"
        " AND (c.revoke_event IS NULL OR :at < c.revoke_event)",
        tag_id=tag_id,
        at=NOW if event is None else event,
    )
    if row is None:
        return None
    row |= {"maven_support": False, "maven_include_all": False}
    row["extra"] = {
        key: value for key, (blocked, value) in extra(call, row["id"], event).items() if not blocked
    }
    if event is not None:
        row["query_event"] = event
    return row


def get(call: Call, info: Any, event: int | None = None) -> Row:
    """:raises koji.GenericError: when there is no such tag"""
    row = find(call, info, event)
    if row is None:
        raise koji.GenericError(f"No such tagInfo: {info!r}")
    return row


def extra(call: Call, tag_id: int, event: int | None = None) -> dict[str, tuple[bool, Any]]:
    """The tag's own extra keys: whether a key is blocked, and its value."""
    rows = call.db.rows(
        "SELECT key, value, value IS NULL AS blocked FROM tag_extra WHERE tag_id = :tag_id"
        " AND create_event <= :at AND (revoke_event IS NULL OR :at < revoke_event)",
        tag_id=tag_id,
        at=NOW if event is None else event,
    )
    return {row["key"]: (bool(row["blocked"]), row["value"]) for row in rows}


def create(
    call: Call, name: str, config: Mapping[str, Any], extra_values: Mapping[str, Any]
) -> int:
    """:returns: the tag's id; a deleted tag of that name gets its old one"""
    names.verify(name)
    if find(call, name) is not None:
        raise koji.GenericError(f"A tag with the name '{name}' already exists")
    tag_id = names.ensure_id(call, "tag", name)
    call.add_version("tag_config", tag_id=tag_id, **config)
    for key, value in extra_values.items():
        set_extra(call, tag_id, key, json.dumps(value))
    return tag_id


def set_config(call: Call, tag: Row, changes: Mapping[str, Any]) -> None:
    new = {key: changes.get(key, tag[key]) for key in CONFIG}
    if any(new[key] != tag[key] for key in CONFIG):
        call.revoke("tag_config", tag_id=tag["id"])
        call.add_version("tag_config", tag_id=tag["id"], **new)


def set_extra(call: Call, tag_id: int, key: str, document: str | None) -> None:
    """:param document: JSON; None blocks the key"""
    call.revoke("tag_extra", tag_id=tag_id, key=key)
    call.add_version("tag_extra", tag_id=tag_id, key=key, value=document)


def parents(call: Call, tag_id: int, event: int | None = None) -> list[Row]:
    return call.db.rows(
        "SELECT i.parent_id, tag.name, i.priority, i.maxdepth, i.intransitive, i.noconfig,"
        " i.pkg_filter, i.tag_id AS child_id"
        " FROM tag_inheritance i JOIN tag ON tag.id = i.parent_id"
        " WHERE i.tag_id = :tag_id AND i.create_event <= :at"
        " AND (i.revoke_event IS NULL OR :at < i.revoke_event) ORDER BY i.priority",
        tag_id=tag_id,
        at=NOW if event is None else event,
    )


@dataclass(frozen=True)
class _Way:
    """How the walk came to a tag."""

    tag_ids: tuple[int, ...]
    depth_left: int | None = None
    noconfig: bool = False
    filters: tuple[str, ...] = ()


def inheritance(call: Call, tag_id: int, event: int | None = None) -> list[Row]:
    """All ancestors, depth first; a tag that comes again is left out."""
    order: list[Row] = []
    _climb(call, event, _Way((tag_id,)), order)
    return order


def _climb(call: Call, event: int | None, way: _Way, order: list[Row]) -> None:
    if way.depth_left is not None and way.depth_left < 1:
        return
    for link in parents(call, way.tag_ids[-1], event):
        parent = link["parent_id"]
        seen = parent in way.tag_ids or parent in (known["parent_id"] for known in order)
        if seen or (link["intransitive"] and len(way.tag_ids) > 1):
            continue
        limits = [n for n in (link["maxdepth"], way.depth_left) if n is not None]
        depth = None if not limits else min(limits) - (way.depth_left is not None)
        filters = way.filters + ((link["pkg_filter"],) if link["pkg_filter"] else ())
        noconfig = way.noconfig or link["noconfig"]
        order.append(
            {
                **link,
                "noconfig": noconfig,
                "nextdepth": depth,
                "currdepth": len(way.tag_ids),
                "filter": list(filters),
            }
        )
        _climb(call, event, _Way((*way.tag_ids, parent), depth, noconfig, filters), order)


def family(call: Call, tag_id: int, event: int | None = None) -> list[int]:
    """A tag and its ancestors, nearest first."""
    return [tag_id, *(link["parent_id"] for link in inheritance(call, tag_id, event))]


def build_config(call: Call, info: Any, event: int | None = None) -> Row:
    """A tag with arches and extra as its ancestors complete them."""
    tag = get(call, info, event)
    keys = extra(call, tag["id"], event)
    inherited: Row = {"extra": {}, "arches": None}
    for link in inheritance(call, tag["id"], event):
        if link["noconfig"]:
            continue
        ancestor = get(call, link["parent_id"], event)
        origin = {"id": ancestor["id"], "name": ancestor["name"]}
        if tag["arches"] is None and ancestor["arches"] is not None:
            tag["arches"] = ancestor["arches"]
            inherited["arches"] = origin
        for key, value in extra(call, ancestor["id"], event).items():
            if key not in keys:
                keys[key] = value
                inherited["extra"][key] = origin
    tag["extra"] = {key: value for key, (blocked, value) in keys.items() if not blocked}
    tag["config_inheritance"] = inherited
    return tag


def last_change(call: Call, tag_id: int, before: int | None = None) -> int | None:
    """The newest event that changed a tag or one it inherits from."""
    return _newest_change(call, family(call, tag_id, before), NOW if before is None else before)


def _newest_change(call: Call, tag_ids: Iterable[int], before: int) -> int | None:
    event: int | None = call.db.value(
        "SELECT max(event) FROM ("
        " SELECT tag_id, create_event AS event FROM tag_versions"
        " UNION ALL SELECT tag_id, revoke_event FROM tag_versions)"
        " WHERE event < :before AND tag_id IN (SELECT value FROM json_each(:tag_ids))",
        before=before,
        tag_ids=json.dumps(list(tag_ids)),
    )
    return event


def changed_since(call: Call, event: int, tag_ids: Iterable[int]) -> bool:
    newest = _newest_change(call, tag_ids, NOW)
    return newest is not None and newest > event

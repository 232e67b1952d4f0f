"""Package groups of tags: what a build root is filled from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

CONFIG: Row = {
    "exported": True,
    "display_name": None,
    "is_default": None,
    "uservisible": True,
    "description": None,
    "langonly": None,
    "biarchonly": False,
}
"""A group's settings and their defaults; ``display_name`` becomes the group's name."""

PACKAGE_CONFIG: Row = {"type": "mandatory", "basearchonly": None, "requires": None}


def of_tag(
    call: Call, tag_id: int, event: int | None = None, *, inherit: bool = True
) -> dict[int, Row]:
    """By group id; the nearest tag's entry counts. Blocked ones included.

    ``packagelist`` is by package, ``grouplist`` by group id.
    """
    chain = tags.family(call, tag_id, event) if inherit else [tag_id]
    groups: dict[int, Row] = {}
    for member in chain:
        for row in _rows(call, "group_config", member, event):
            groups.setdefault(row["group_id"], {**row, "packagelist": {}, "grouplist": {}})
    for member in chain:
        for row in _rows(call, "group_package_listing", member, event):
            group = groups.get(row["group_id"])
            if group is not None and not group["blocked"]:
                del row["name"]
                group["packagelist"].setdefault(row["package"], row)
        for row in _rows(call, "group_req_listing", member, event):
            group, needed = groups.get(row["group_id"]), groups.get(row["req_id"])
            if group is not None and needed is not None and not group["blocked"]:
                group["grouplist"].setdefault(row["req_id"], {**row, "name": needed["name"]})
    return groups


def _rows(call: Call, table: str, tag_id: int, event: int | None) -> list[Row]:
    sql = f"""SELECT groups.name, t.* FROM {table} t JOIN groups ON groups.id = t.group_id
        WHERE t.tag_id = :tag_id AND t.create_event <= :at
        AND (t.revoke_event IS NULL OR :at < t.revoke_event)"""  # noqa: S608 -- names from code
    rows = call.db.rows(sql, tag_id=tag_id, at=NOW if event is None else event)
    for row in rows:
        del row["create_event"], row["revoke_event"]
    return rows


def visible(
    call: Call,
    tag_id: int,
    event: int | None = None,
    *,
    inherit: bool = True,
    blocked: bool = False,
) -> list[Row]:
    """As lists, which XML-RPC can carry; :param blocked: keep blocked entries."""
    groups = list(of_tag(call, tag_id, event, inherit=inherit).values())
    for group in groups:
        for key in ("packagelist", "grouplist"):
            group[key] = [row for row in group[key].values() if blocked or not row["blocked"]]
    return [group for group in groups if blocked or not group["blocked"]]


def put(
    call: Call, tag: Row, group: Any, *, block: bool, force: bool, settings: dict[str, Any]
) -> None:
    """Add a group to a tag or change it."""
    group_id = names.ensure_id(call, "groups", group)
    before = of_tag(call, tag["id"]).get(group_id)
    if before and before["blocked"] and not force:
        raise koji.GenericError(f"group {before['name']} is blocked in tag {tag['name']}")
    defaults = before or {**CONFIG, "display_name": group, "blocked": False}
    new = {key: settings.get(key, defaults[key]) for key in CONFIG} | {"blocked": block}
    if before and all(before[key] == value for key, value in new.items()):
        return
    key = {"tag_id": tag["id"], "group_id": group_id}
    call.revoke("group_config", **key)
    call.add_version("group_config", **key, **new)


def remove(call: Call, tag: Row, group: Any, *, force: bool) -> None:
    group_id = names.get_id(call, "groups", group)
    if not call.revoke("group_config", tag_id=tag["id"], group_id=group_id) and not force:
        raise koji.GenericError(f"No group: {group} found for tag: {tag['name']}")


def put_package(
    call: Call,
    tag: Row,
    group: Any,
    package: str,
    *,
    block: bool,
    force: bool,
    settings: dict[str, Any],
) -> None:
    """Add a package to a group of a tag, or block it there."""
    group_id = names.get_id(call, "groups", group)
    config = of_tag(call, tag["id"]).get(group_id)
    if config is None:
        raise koji.GenericError(f"group {group} not present in tag {tag['name']}")
    if config["blocked"]:
        raise koji.GenericError(f"group {group} is blocked in tag {tag['name']}")
    before = config["packagelist"].get(package)
    if before and before["blocked"] and not force:
        raise koji.GenericError(f"package {package} blocked in group {group}, tag {tag['name']}")
    defaults = before or PACKAGE_CONFIG
    new = {key: settings.get(key, defaults[key]) for key in PACKAGE_CONFIG} | {"blocked": block}
    if before and not force and all(before[key] == value for key, value in new.items()):
        return
    key = {"tag_id": tag["id"], "group_id": group_id, "package": package}
    call.revoke("group_package_listing", **key)
    call.add_version("group_package_listing", **key, **new)


def remove_package(call: Call, tag: Row, group: Any, package: str) -> None:
    group_id = names.get_id(call, "groups", group)
    call.revoke("group_package_listing", tag_id=tag["id"], group_id=group_id, package=package)

"""Package lists: which packages a tag may hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import koji
import koji.plugin

from koji_imagebuild.sandbox.hub import policy
from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def listed(
    call: Call,
    tag_id: int,
    *,
    package_id: int | None = None,
    event: int | None = None,
    inherit: bool = True,
) -> dict[int, Row]:
    """What a tag lists, by package id; the nearest tag's entry counts. Blocked ones included."""
    found = {row["package_id"]: row for row in _own(call, tag_id, package_id, event)}
    for link in tags.inheritance(call, tag_id, event) if inherit else ():
        filters = [re.compile(pattern) for pattern in link["filter"]]
        for row in _own(call, link["parent_id"], package_id, event):
            if all(pattern.match(row["package_name"]) for pattern in filters):
                found.setdefault(row["package_id"], row)
    return found


def _own(call: Call, tag_id: int | None, package_id: int | None, event: int | None) -> list[Row]:
    return call.db.rows(
        "SELECT p.package_id, package.name AS package_name, p.tag_id, tag.name AS tag_name,"
        " p.extra_arches, p.blocked, p.owner AS owner_id, users.name AS owner_name"
        " FROM tag_packages p JOIN package ON package.id = p.package_id"
        " JOIN tag ON tag.id = p.tag_id JOIN users ON users.id = p.owner"
        " WHERE (:tag_id IS NULL OR p.tag_id = :tag_id)"
        " AND (:package_id IS NULL OR p.package_id = :package_id)"
        " AND p.create_event <= :at AND (p.revoke_event IS NULL OR :at < p.revoke_event)"
        " ORDER BY package.name",
        tag_id=tag_id,
        package_id=package_id,
        at=NOW if event is None else event,
    )


def everywhere(call: Call, package_id: int | None, event: int | None = None) -> list[Row]:
    """The entries of all tags."""
    return _own(call, None, package_id, event)


def assert_listed(call: Call, tag: Row, build: Row) -> None:
    """:raises koji.TagError: when the tag does not list the build's package, or blocks it"""
    package_id = build["package_id"]
    entry = listed(call, tag["id"], package_id=package_id).get(package_id)
    if entry is None:
        raise koji.TagError(f"Package {build['name']} not in list for {tag['name']}")
    if entry["blocked"]:
        raise koji.TagError(f"Package {build['name']} blocked in {tag['name']}")


def assert_may_change(call: Call) -> None:
    call.session.assert_login()
    policy.enforce(call, "package_list", {})


def put(
    call: Call,
    tag: Row,
    package: str | int,
    *,
    owner: int | None = None,
    block: bool | None = None,
    extra_arches: str | None = None,
    force: bool = False,
) -> None:
    """Add or change an entry; what is not given stays as it is.

    :raises koji.GenericError: when a new entry has no owner, or a block is lifted without force
    """
    package_id = _package_id(call, package)
    before = listed(call, tag["id"], package_id=package_id).get(package_id)
    if before is None:
        if owner is None and not force:
            raise koji.GenericError("owner not specified")
        before = {"owner_id": None, "blocked": False, "extra_arches": None}
    new = {
        "owner": owner or before["owner_id"] or call.session.require_user(),
        "blocked": before["blocked"] if block is None else block,
        "extra_arches": extra_arches or before["extra_arches"],
    }
    old = (before["owner_id"], before["blocked"], before["extra_arches"])
    if tuple(new.values()) == old and not force:
        return
    if before["blocked"] and not new["blocked"] and not force:
        raise koji.GenericError(f"package {before['package_name']} is blocked in tag {tag['name']}")
    remove(call, tag, package_id)
    call.add_version("tag_packages", tag_id=tag["id"], package_id=package_id, **new)


def _package_id(call: Call, package: str | int) -> int:
    if isinstance(package, str):
        names.verify(package)
        return names.ensure_id(call, "package", package)
    return names.get_id(call, "package", package)


def remove(call: Call, tag: Row, package_id: int) -> None:
    call.revoke("tag_packages", tag_id=tag["id"], package_id=package_id)


def unblock(call: Call, tag: Row, package: Any) -> None:
    """Take a block away; one that comes from an ancestor is overridden by an entry here."""
    package_id = names.get_id(call, "package", package)
    before = listed(call, tag["id"], package_id=package_id).get(package_id)
    if before is None or not before["blocked"]:
        raise koji.GenericError(f"package {package} NOT blocked in tag {tag['name']}")
    if before["tag_id"] == tag["id"]:
        remove(call, tag, package_id)
        before = listed(call, tag["id"], package_id=package_id).get(package_id, before)
    if before["blocked"]:
        call.add_version(
            "tag_packages",
            tag_id=tag["id"],
            package_id=package_id,
            owner=before["owner_id"],
            blocked=False,
            extra_arches=before["extra_arches"],
        )

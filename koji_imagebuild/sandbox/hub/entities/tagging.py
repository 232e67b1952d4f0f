"""Builds in tags: putting them there, and which ones a tag holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import koji
import koji.plugin

from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import builds, packages, tags
from koji_imagebuild.sandbox.hub.sessions import user_perms

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def assert_access(call: Call, tag: Row, user_id: int, *, force: bool) -> None:
    """:raises koji.ActionNotAllowed: for a locked tag or a missing permission; admins may force"""
    perms = user_perms(call.db, user_id)
    if force and "admin" in perms:
        return
    if tag["locked"]:
        raise koji.ActionNotAllowed("tag is locked")
    if tag["perm"] is not None and tag["perm"] not in perms:
        raise koji.ActionNotAllowed(f"tag requires {tag['perm']} permission")


def assert_taggable(call: Call, tag: Row, build: Row, *, force: bool) -> None:
    """The build's package must be listed; an admin who forces gets it listed."""
    try:
        packages.assert_listed(call, tag, build)
    except koji.TagError:
        if not (force and call.session.has_perm("admin")):
            raise
        packages.put(call, tag, build["package_id"], block=False, force=True)


def add(call: Call, tag: Row, build: Row, user_id: int, *, force: bool = False) -> None:
    """Tag a build; tagging it again needs ``force`` and makes it the latest."""
    assert_access(call, tag, user_id, force=force)
    about = {"tag": tag, "build": build, "user": {"id": user_id}, "force": force}
    koji.plugin.run_callbacks("preTag", **about)
    if build["state"] != builds.COMPLETE:
        state = koji.BUILD_STATES[build["state"]]
        raise koji.TagError(f"build {build['nvr']} not complete: state {state}")
    key = {"tag_id": tag["id"], "build_id": build["id"]}
    if is_tagged(call, tag["id"], build["id"]):
        if not force:
            raise koji.TagError(f"build {build['nvr']} already tagged ({tag['name']})")
        call.revoke("tag_listing", **key)
    call.add_version("tag_listing", **key)
    koji.plugin.run_callbacks("postTag", **about)


def remove(
    call: Call, tag: Row, build: Row, user_id: int, *, strict: bool = True, force: bool = False
) -> None:
    """:raises koji.TagError: when it was not tagged and ``strict`` is on"""
    assert_access(call, tag, user_id, force=force)
    about = {"tag": tag, "build": build, "user": {"id": user_id}, "force": force, "strict": strict}
    koji.plugin.run_callbacks("preUntag", **about)
    if not call.revoke("tag_listing", tag_id=tag["id"], build_id=build["id"]) and strict:
        raise koji.TagError(f"build {build['nvr']} not in tag {tag['name']}")
    koji.plugin.run_callbacks("postUntag", **about)


def is_tagged(call: Call, tag_id: int, build_id: int) -> bool:
    return bool(
        call.db.value(
            "SELECT 1 FROM tag_listing WHERE tag_id = :tag_id AND build_id = :build_id"
            " AND revoke_event IS NULL",
            tag_id=tag_id,
            build_id=build_id,
        )
    )


@dataclass(frozen=True)
class Query:
    """Which builds of a tag. :param latest: so many per package, None for all"""

    event: int | None = None
    inherit: bool = False
    latest: int | None = None
    package: str | None = None
    owner: str | None = None
    btype: str | None = None


def contents(call: Call, tag_id: int, query: Query) -> list[Row]:
    """Complete builds of listed, unblocked packages, the last tagged first."""
    allowed = packages.listed(call, tag_id, event=query.event)
    chain = tags.family(call, tag_id, query.event) if query.inherit else [tag_id]
    seen: Counter[int] = Counter()
    result = []
    for member in chain:
        for build in _tagged(call, member, query):
            package_id = build["package_id"]
            if allowed.get(package_id, {"blocked": True})["blocked"]:
                continue
            seen[package_id] += 1
            if query.latest is None or seen[package_id] <= query.latest:
                result.append(build)
    return result


def _tagged(call: Call, tag_id: int, query: Query) -> list[Row]:
    return call.db.rows(
        "SELECT b.*, tag.id AS tag_id, tag.name AS tag_name, l.create_event"
        " FROM tag_listing l JOIN build_info b ON b.id = l.build_id JOIN tag ON tag.id = l.tag_id"
        " WHERE l.tag_id = :tag_id AND b.state = :complete"
        " AND l.create_event <= :at AND (l.revoke_event IS NULL OR :at < l.revoke_event)"
        " AND (:package IS NULL OR b.name = :package)"
        " AND (:owner IS NULL OR b.owner_name = :owner)"
        " AND (:btype IS NULL OR b.id IN (SELECT build_id FROM build_types"
        "  JOIN btype ON btype.id = btype_id WHERE btype.name = :btype))"
        " ORDER BY l.create_event DESC, b.id DESC",
        tag_id=tag_id,
        complete=builds.COMPLETE,
        at=NOW if query.event is None else query.event,
        package=query.package,
        owner=query.owner,
        btype=query.btype,
    )


def history(
    call: Call,
    *,
    tag_id: int | None,
    build_id: int | None,
    package_id: int | None,
    active: bool | None,
) -> list[Row]:
    """Every time a build was tagged, with the events at which it began and ended."""
    rows = call.db.rows(
        "SELECT l.tag_id, tag.name AS 'tag.name', l.build_id, b.name, b.version, b.release,"
        " b.epoch, b.state AS 'build.state', l.create_event, l.revoke_event, e1.ts AS create_ts,"
        " e2.ts AS revoke_ts FROM tag_listing l"
        " JOIN tag ON tag.id = l.tag_id JOIN build_info b ON b.id = l.build_id"
        " JOIN events e1 ON e1.id = l.create_event LEFT JOIN events e2 ON e2.id = l.revoke_event"
        " WHERE (:tag_id IS NULL OR l.tag_id = :tag_id)"
        " AND (:build_id IS NULL OR l.build_id = :build_id)"
        " AND (:package_id IS NULL OR b.package_id = :package_id) ORDER BY l.create_event",
        tag_id=tag_id,
        build_id=build_id,
        package_id=package_id,
    )
    for row in rows:
        row["active"] = row["revoke_event"] is None or None
    return [row for row in rows if active is None or bool(row["active"]) == active]

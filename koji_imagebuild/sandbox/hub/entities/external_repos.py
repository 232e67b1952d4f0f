"""External repositories, and the tags that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def all_repos(call: Call, event: int | None = None) -> list[Row]:
    return call.db.rows(
        "SELECT r.id, r.name, c.url FROM external_repo r"
        " JOIN external_repo_config c ON c.external_repo_id = r.id"
        " WHERE c.create_event <= :at AND (c.revoke_event IS NULL OR :at < c.revoke_event)"
        " ORDER BY r.name",
        at=NOW if event is None else event,
    )


def find(call: Call, info: Any, event: int | None = None) -> Row | None:
    key = "id" if isinstance(info, int) else "name"
    return next((row for row in all_repos(call, event) if row[key] == info), None)


def get(call: Call, info: Any, event: int | None = None) -> Row:
    """:raises koji.GenericError: when there is no such repository"""
    row = find(call, info, event)
    if row is None:
        raise koji.GenericError(f"No such repo: {info}")
    return row


def create(call: Call, name: str, url: str) -> Row:
    names.verify(name)
    if find(call, name):
        raise koji.GenericError(f'An external repo named "{name}" already exists')
    repo_id = names.ensure_id(call, "external_repo", name)
    set_url(call, repo_id, url)
    return get(call, repo_id)


def set_url(call: Call, repo_id: int, url: str) -> None:
    call.revoke("external_repo_config", external_repo_id=repo_id)
    url = url if url.endswith("/") else f"{url}/"
    call.add_version("external_repo_config", external_repo_id=repo_id, url=url)


def of_tag(call: Call, tag_id: int | None, event: int | None = None) -> list[Row]:
    """A tag's own repositories, or those of all tags; by priority."""
    return call.db.rows(
        "SELECT t.tag_id, tag.name AS tag_name, r.id AS external_repo_id,"
        " r.name AS external_repo_name, c.url, t.merge_mode, t.priority, t.arches"
        " FROM tag_external_repos t JOIN tag ON tag.id = t.tag_id"
        " JOIN external_repo r ON r.id = t.external_repo_id"
        " JOIN external_repo_config c ON c.external_repo_id = r.id"
        " WHERE (:tag_id IS NULL OR t.tag_id = :tag_id)"
        " AND t.create_event <= :at AND (t.revoke_event IS NULL OR :at < t.revoke_event)"
        " AND c.create_event <= :at AND (c.revoke_event IS NULL OR :at < c.revoke_event)"
        " ORDER BY t.priority",
        tag_id=tag_id,
        at=NOW if event is None else event,
    )


def inherited(call: Call, tag_id: int, event: int | None = None) -> list[Row]:
    """Those of a tag and of its ancestors, nearest first, each once."""
    found: dict[int, Row] = {}
    for member in tags.family(call, tag_id, event):
        for row in of_tag(call, member, event):
            found.setdefault(row["external_repo_id"], row)
    return list(found.values())


def add_to_tag(call: Call, tag: Row, repo: Row, priority: int, mode: str, arches: Any) -> None:
    """:raises koji.GenericError: when the tag has the repository, or that priority, already"""
    if mode not in koji.REPO_MERGE_MODES:
        raise koji.GenericError(f"No such merge mode: {mode}")
    for row in of_tag(call, tag["id"]):
        if row["external_repo_id"] == repo["id"]:
            raise koji.GenericError(
                f"tag {tag['name']} already associated with external repo {repo['name']}"
            )
        if row["priority"] == priority:
            raise koji.GenericError(
                f"tag {tag['name']} already associated with an external repo at priority {priority}"
            )
    call.add_version(
        "tag_external_repos",
        tag_id=tag["id"],
        external_repo_id=repo["id"],
        priority=priority,
        merge_mode=mode,
        arches=arches and koji.parse_arches(arches),
    )


def remove_from_tag(call: Call, tag: Row, repo: Row) -> None:
    if not call.revoke("tag_external_repos", tag_id=tag["id"], external_repo_id=repo["id"]):
        raise koji.GenericError(
            f"external repo {repo['name']} not associated with tag {tag['name']}"
        )

"""Repositories of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import names, repo_requests, repos, tags, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getRepo")
def get_repo(
    call: Call,
    tag: Any,
    state: int | None = None,
    event: int | None = None,
    dist: bool = False,
    min_event: int | None = None,
) -> Row | None:
    """The newest repository of a tag in that state; with an event, the last one before it."""
    if dist:
        return None
    return call.db.one(
        "SELECT * FROM repo_info WHERE tag_id = :tag_id"
        " AND (:event IS NOT NULL OR state = :state) AND (:event IS NULL OR create_event <= :event)"
        " AND (:min_event IS NULL OR create_event >= :min_event) ORDER BY id DESC LIMIT 1",
        tag_id=names.get_id(call, "tag", tag),
        state=repos.READY if state is None else state,
        event=event,
        min_event=min_event,
    )


@method("repoInfo")
def repo_info(call: Call, repo_id: int, strict: bool = False) -> Row | None:
    return repos.get(call, repo_id) if strict else repos.find(call, repo_id)


@method("repo.get")
def repo_get(
    call: Call,
    tag: Any,
    min_event: int | None = None,
    at_event: int | None = None,
    opts: Any = None,
) -> Row | None:
    tag_id = names.get_id(call, "tag", tag)
    options = repos.convert_options(opts)
    return repos.best(call, tag_id, min_event=min_event, at_event=at_event, opts=options)


@method("repo.request")
def repo_request(
    call: Call,
    tag: Any,
    min_event: Any = None,
    at_event: int | None = None,
    opts: Any = None,
    priority: int | None = None,
    force: bool = False,
) -> Row:
    call.session.assert_login()
    if (priority or 0) < 0 and not call.session.has_perm("admin"):
        raise koji.ActionNotAllowed("only admins may create high-priority requests")
    return repo_requests.request(
        call,
        tags.get(call, tag),
        min_event=min_event,
        at_event=at_event,
        opts=opts,
        priority=koji.PRIO_DEFAULT + (priority or 0),
        force=force,
    )


@method("repo.checkRequest")
def check_request(call: Call, req_id: int) -> Row:
    return repo_requests.check(call, int(req_id))


@method("repo.query")
def repo_query(call: Call, clauses: Any, fields: Any = None, opts: Any = None) -> Any:
    rows = query.match(call.db.rows("SELECT * FROM repo_info ORDER BY id"), clauses)
    return query.apply(query.pick(rows, fields), opts)


@method("repo.queryQueue")
def query_queue(call: Call, clauses: Any = None, fields: Any = None, opts: Any = None) -> Any:
    rows = query.match(call.db.rows("SELECT * FROM repo_request ORDER BY id"), clauses)
    return query.apply(query.pick(rows, fields), opts)


@method("newRepo")
def new_repo(
    call: Call,
    tag: Any,
    event: int | None = None,
    src: bool = False,
    debuginfo: bool = False,
    separate_src: bool = False,
) -> int:
    """:returns: the id of the newRepo task"""
    if not call.session.has_perm("repo"):
        call.session.assert_perm("regen-repo")
    name = tags.get(call, tag, event)["name"]
    asked = {"event": event, "src": src, "debuginfo": debuginfo, "separate_src": separate_src}
    given = {key: value for key, value in asked.items() if value}
    return tasks.make_task(
        call, "newRepo", koji.encode_args(name, **given), priority=15, channel="createrepo"
    )


@method("host.repoInit")
def repo_init(
    call: Call,
    tag: Any,
    task_id: int | None = None,
    event: int | None = None,
    opts: Any = None,
) -> list[int]:
    call.session.require_host()
    return repos.begin(call, tags.get(call, tag, event), task_id, event, opts)


@method("host.repoDone")
def repo_done(
    call: Call,
    repo_id: int,
    data: dict[str, Any],
    expire: bool = False,
    repo_json_updates: Row | None = None,
) -> None:
    call.session.require_host()
    repos.done(call, repos.get(call, repo_id), data, repo_json_updates)
    if expire:
        repos.set_state(call, repo_id, koji.REPO_STATES["EXPIRED"])


def _set_state(call: Call, repo_id: int, state: str) -> None:
    call.session.assert_perm("repo")
    repos.set_state(call, repo_id, koji.REPO_STATES[state])


@method("repoExpire")
def repo_expire(call: Call, repo_id: int) -> None:
    _set_state(call, repo_id, "EXPIRED")


@method("repoProblem")
def repo_problem(call: Call, repo_id: int) -> None:
    _set_state(call, repo_id, "PROBLEM")


@method("repoDelete")
def repo_delete(call: Call, repo_id: int) -> int:
    """:returns: how many live build roots use it; then it stays"""
    call.session.assert_perm("repo")
    users: int = call.db.value(
        "SELECT count(*) FROM buildroot WHERE repo_id = :id AND state <> :expired",
        id=repo_id,
        expired=koji.BR_STATES["EXPIRED"],
    )
    if not users:
        _set_state(call, repo_id, "DELETED")
    return users

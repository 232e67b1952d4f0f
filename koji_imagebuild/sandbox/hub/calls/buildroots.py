"""Build roots and the RPMs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.calls import rpms as rpm_calls
from koji_imagebuild.sandbox.hub.entities import rpms, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

INIT = koji.BR_STATES["INIT"]
BUILDING = koji.BR_STATES["BUILDING"]
EXPIRED = koji.BR_STATES["EXPIRED"]


@method("listBuildroots")
def list_buildroots(
    call: Call,
    hostID: int | None = None,
    tagID: int | None = None,
    state: Any = None,
    rpmID: int | None = None,
    archiveID: int | None = None,
    taskID: int | None = None,
    buildrootID: Any = None,
    repoID: int | None = None,
    queryOpts: Any = None,
) -> Any:
    rows = (
        []
        if archiveID is not None
        else call.db.rows(
            "SELECT * FROM buildroot_info WHERE (:host IS NULL OR host_id = :host)"
            " AND (:tag IS NULL OR tag_id = :tag) AND (:task IS NULL OR task_id = :task)"
            " AND (:repo IS NULL OR repo_id = :repo) AND (:rpm IS NULL OR id IN"
            "  (SELECT buildroot_id FROM buildroot_listing WHERE rpm_id = :rpm)) ORDER BY id",
            host=hostID,
            tag=tagID,
            task=taskID,
            repo=repoID,
            rpm=rpmID,
        )
    )
    for key, wanted in (("state", state), ("id", buildrootID)):
        if wanted is not None:
            rows = query.match(rows, [(key, wanted)])
    return query.apply(rows, queryOpts)


@method("getBuildroot")
def get_buildroot(call: Call, buildrootID: int, strict: bool = False) -> Row | None:
    row = call.db.one("SELECT * FROM buildroot_info WHERE id = :id", id=buildrootID)
    if row is None and strict:
        raise koji.GenericError(f"No such buildroot: {buildrootID}")
    return row


@method("getBuildrootListing")
def get_buildroot_listing(call: Call, id: int) -> Any:
    rows = rpm_calls.list_rpms(call, componentBuildrootID=id)
    return [{**row, "rpm_id": row["id"]} for row in rows]


@method("host.newBuildRoot")
def new_buildroot(call: Call, repo: int, arch: str, task_id: int | None = None) -> int:
    host_id = call.session.require_host()
    if task_id is not None:
        tasks.assert_host(call, task_id)
    return call.db.insert(
        "buildroot",
        host_id=host_id,
        repo_id=repo,
        task_id=task_id,
        arch=koji.parse_arches(arch, strict=True),
        state=INIT,
        create_event=call.event,
    )


def _own(call: Call, brootid: int, task_id: int | None) -> Row:
    """A build root of this builder and, if a task is named, of that task."""
    host_id = call.session.require_host()
    if task_id is not None:
        tasks.assert_host(call, task_id)
    row = call.db.one("SELECT * FROM buildroot WHERE id = :id", id=brootid)
    if row is None:
        raise koji.GenericError(f"no buildroot with ID: {brootid}")
    if row["host_id"] != host_id:
        raise koji.ActionNotAllowed(f"Host {host_id} not owner of buildroot {brootid}")
    if task_id is not None and row["task_id"] != task_id:
        raise koji.ActionNotAllowed(f"Task {task_id} does not have lock on buildroot {brootid}")
    return row


@method("host.setBuildRootState")
def set_buildroot_state(call: Call, brootid: int, state: Any, task_id: int | None = None) -> None:
    row = _own(call, brootid, task_id)
    new = koji.BR_STATES[state] if isinstance(state, str) else state
    if new == INIT:
        raise koji.GenericError("Cannot change buildroot state to INIT")
    if row["state"] == EXPIRED:
        if new != EXPIRED:
            raise koji.GenericError(f"buildroot {brootid} is EXPIRED")
        return
    call.db.change(
        "UPDATE buildroot SET state = :state, retire_event = :retired WHERE id = :id",
        state=new,
        retired=call.event if new == EXPIRED else None,
        id=brootid,
    )


def _add_rpms(call: Call, brootid: int, rpmlist: list[Row], *, update: bool) -> None:
    known = set(
        call.db.column("SELECT rpm_id FROM buildroot_listing WHERE buildroot_id = :id", id=brootid)
    )
    found = [rpms.resolve(call, rpm) for rpm in rpmlist]
    call.db.insert_many(
        "INSERT INTO buildroot_listing (buildroot_id, rpm_id, is_update) VALUES (?, ?, ?)",
        [(brootid, rpm_id, update) for rpm_id in found if not (update and rpm_id in known)],
    )


@method("host.setBuildRootList")
def set_buildroot_list(
    call: Call, brootid: int, rpmlist: list[Row], task_id: int | None = None
) -> None:
    """What is in a new build root."""
    if _own(call, brootid, task_id)["state"] != INIT:
        raise koji.GenericError(f"buildroot {brootid} in wrong state")
    _add_rpms(call, brootid, rpmlist, update=False)


@method("host.updateBuildRootList")
def update_buildroot_list(
    call: Call, brootid: int, rpmlist: list[Row], task_id: int | None = None
) -> None:
    """What came in while it was worked in."""
    if _own(call, brootid, task_id)["state"] != BUILDING:
        raise koji.GenericError(f"buildroot {brootid} in wrong state")
    _add_rpms(call, brootid, rpmlist, update=True)

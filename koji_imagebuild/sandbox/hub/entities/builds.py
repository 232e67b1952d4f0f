"""Builds: unique by name, version and release; failed ones make room for the next."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
import koji.plugin

from koji_imagebuild.sandbox.hub.entities import names, notify

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

BUILDING = koji.BUILD_STATES["BUILDING"]
COMPLETE = koji.BUILD_STATES["COMPLETE"]
DELETED = koji.BUILD_STATES["DELETED"]
FAILED = koji.BUILD_STATES["FAILED"]
CANCELED = koji.BUILD_STATES["CANCELED"]


def find_id(call: Call, info: Any) -> int | None:
    """By id, N-V-R or a dict with name, version and release."""
    if isinstance(info, bool) or not isinstance(info, (int, str, dict)):
        raise koji.GenericError(f"Invalid type for argument: {type(info)}")
    if isinstance(info, int):
        return info
    nvr = koji.parse_NVR(info) if isinstance(info, str) else info
    if not {"name", "version", "release"} <= nvr.keys():
        raise koji.GenericError("did not provide name, version, and release")
    found: int | None = call.db.value(
        "SELECT build.id FROM build JOIN package ON package.id = pkg_id"
        " WHERE package.name = :name AND version = :version AND release = :release",
        name=nvr["name"],
        version=nvr["version"],
        release=nvr["release"],
    )
    return found


def find(call: Call, info: Any) -> Row | None:
    build_id = find_id(call, info)
    return call.db.one("SELECT * FROM build_info WHERE id = :id", id=build_id)


def get(call: Call, info: Any) -> Row:
    """:raises koji.GenericError: when there is no such build"""
    row = find(call, info)
    if row is None:
        raise koji.GenericError(f"No such build: {info!r}")
    return row


def folder(call: Call, build: Row) -> Path:
    return Path(call.site.paths.build(build))


def types(call: Call, build_id: int) -> list[str]:
    return call.db.column(
        "SELECT name FROM build_types JOIN btype ON btype.id = btype_id"
        " WHERE build_id = :build_id ORDER BY name",
        build_id=build_id,
    )


def add_type(call: Call, build_id: int, name: str) -> None:
    if name not in types(call, build_id):
        btype_id = names.get_id(call, "btype", name)
        call.db.insert("build_types", build_id=build_id, btype_id=btype_id)


def create(call: Call, data: Row) -> int:
    """A new build, or one that failed and is taken again.

    :param data: name, version, release, epoch; and may hold state, task_id, owner, source, extra
    :returns: the build's id
    :raises koji.GenericError: when the NVR is taken
    """
    for key in ("version", "release", "epoch"):
        if key not in data:
            raise koji.GenericError(f"No {key} value for build")
    if not data.get("name"):
        raise koji.GenericError("No name or package id provided for build")
    names.verify(data["name"])
    state = data.get("state", COMPLETE)
    now = time.time()
    values: Row = {
        "state": state,
        "epoch": data["epoch"],
        "task_id": data.get("task_id"),
        "owner": data.get("owner") or call.session.require_user(),
        "source": data.get("source"),
        "extra": json.dumps(data["extra"]) if "extra" in data else None,
        "start_ts": now,
        "completion_ts": None if state == BUILDING else now,
    }
    old = find(call, data)
    if old is not None:
        _recycle(call, old, values)
        return int(old["id"])
    _announce("pre", None, state, data)
    build_id = call.db.insert(
        "build",
        pkg_id=names.ensure_id(call, "package", data["name"]),
        version=data["version"],
        release=data["release"],
        create_event=call.event,
        **values,
    )
    _announce("post", None, state, get(call, build_id))
    return build_id


def _recycle(call: Call, old: Row, values: Row) -> None:
    """Take a failed or canceled build again, and clear what it left in KojiDir.

    A build in progress is given back to the task that began it: that task was started again.
    """
    if old["state"] == BUILDING:
        if (values["state"], values["task_id"]) == (BUILDING, old["task_id"]):
            return
        raise koji.GenericError(f"Build already in progress (task {old['task_id']})")
    if old["state"] not in (FAILED, CANCELED):
        state = koji.BUILD_STATES[old["state"]]
        raise koji.GenericError(f"Build already exists (id={old['id']}, state={state}): {values!r}")
    for table, what in (
        ("tag_listing", "tag history"),
        ("rpminfo", "rpm data"),
        ("archiveinfo", "archive data"),
    ):
        query = f"SELECT 1 FROM {table} WHERE build_id = :id"  # noqa: S608 -- names from code
        if call.db.value(query, id=old["id"]):
            raise koji.GenericError(f"Build already exists. Unable to recycle, has {what}")
    _announce("pre", old["state"], values["state"], old)
    call.db.change("DELETE FROM build_types WHERE build_id = :id", id=old["id"])
    _update(call, old["id"], create_event=call.event, **values)
    shutil.rmtree(folder(call, old), ignore_errors=True)
    _announce("post", old["state"], values["state"], get(call, old["id"]))


def _update(call: Call, build_id: int, **values: Any) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    sql = f"UPDATE build SET {columns} WHERE id = :id"  # noqa: S608 -- names from code
    call.db.change(sql, id=build_id, **values)


def _announce(when: str, old: int | None, new: int, info: Row) -> None:
    koji.plugin.run_callbacks(
        f"{when}BuildStateChange", attribute="state", old=old, new=new, info=info
    )


def end(call: Call, build_id: int, state: int) -> None:
    """Complete, fail or cancel a build, and tell its owner."""
    before = get(call, build_id)
    _announce("pre", before["state"], state, before)
    _update(call, build_id, state=state, completion_ts=time.time())
    after = get(call, build_id)
    _announce("post", before["state"], state, after)
    notify.build(call, after)


def fail(call: Call, build_id: int) -> None:
    state = get(call, build_id)["state"]
    if state != BUILDING:
        raise koji.GenericError(
            f"cannot update build {build_id}, state: {koji.BUILD_STATES[state]}"
        )
    end(call, build_id, FAILED)


def building_ids(call: Call, task_id: int) -> list[int]:
    """The builds that a task has begun and not ended."""
    return call.db.column(
        "SELECT id FROM build WHERE task_id = :task_id AND state = :state",
        task_id=task_id,
        state=BUILDING,
    )

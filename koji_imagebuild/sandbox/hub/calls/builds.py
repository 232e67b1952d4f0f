"""Builds, as people see them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import builds, cancel, names, releases

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

VOLUME = {"id": 0, "name": "DEFAULT"}
"""The only volume there is."""


@method("getBuild")
def get_build(call: Call, buildInfo: Any, strict: bool = False) -> Row | None:
    return builds.get(call, buildInfo) if strict else builds.find(call, buildInfo)


@method("findBuildID")
def find_build_id(call: Call, X: Any, strict: bool = False) -> int | None:
    found = builds.find_id(call, X)
    if found is None and strict:
        raise koji.GenericError(f"No such build: {X!r}")
    return found


@method("listBuilds")
def list_builds(
    call: Call,
    packageID: Any = None,
    userID: Any = None,
    taskID: int | None = None,
    prefix: str | None = None,
    state: int | None = None,
    volumeID: int | None = None,
    source: str | None = None,
    createdBefore: Any = None,
    createdAfter: Any = None,
    completeBefore: Any = None,
    completeAfter: Any = None,
    type: str | None = None,
    typeInfo: Any = None,
    queryOpts: Any = None,
    pattern: str | None = None,
    cgID: Any = None,
    draft: bool | None = None,
) -> Any:
    """A task id of -1 stands for every build that has one; times are seconds or dates."""
    del typeInfo
    if volumeID or cgID is not None or draft:
        return query.apply([], queryOpts)
    rows = call.db.rows(
        "SELECT * FROM build_info WHERE (:package IS NULL OR package_id = :package)"
        " AND (:user IS NULL OR owner_id = :user)"
        " AND (:task IS NULL OR task_id = :task OR (:task = -1 AND task_id IS NOT NULL))"
        " AND (:state IS NULL OR state = :state)"
        " AND (:source IS NULL OR lower(source) GLOB lower(:source))"
        " AND (:pattern IS NULL OR lower(nvr) GLOB lower(:pattern))"
        " AND (:prefix IS NULL OR substr(lower(name), 1, length(:prefix)) = lower(:prefix))"
        " AND (:type IS NULL OR id IN (SELECT build_id FROM build_types"
        "  JOIN btype ON btype.id = btype_id WHERE btype.name = :type)) ORDER BY id",
        package=None if packageID is None else names.find_id(call, "package", packageID) or -1,
        user=None if userID is None else names.find_id(call, "users", userID) or -1,
        task=taskID,
        state=state,
        source=source,
        pattern=pattern,
        prefix=prefix,
        type=type,
    )
    bounds = (
        ("creation_ts", "<", createdBefore),
        ("creation_ts", ">", createdAfter),
        ("completion_ts", "<", completeBefore),
        ("completion_ts", ">", completeAfter),
    )
    clauses = [(key, sign, query.seconds(value)) for key, sign, value in bounds if value]
    return query.apply(query.match(rows, clauses), queryOpts)


@method("getNextRelease")
def get_next_release(call: Call, build_info: Row, incr: int = 1) -> str:
    del incr
    return releases.next_release(call, build_info["name"], build_info["version"])


@method("getBuildLogs")
def get_build_logs(call: Call, build: Any) -> list[Row]:
    """Logs of a complete build; ``path`` is below KojiDir."""
    folder = Path(call.site.paths.build_logs(builds.get(call, build)))
    return [
        {
            "name": name,
            "dir": os.path.relpath(base, folder),
            "path": os.path.relpath(Path(base) / name, call.topdir),
        }
        for base, _, files in os.walk(folder)
        for name in sorted(files)
        if not (Path(base) / name).is_symlink()
    ]


@method("getBuildType")
def get_build_type(call: Call, buildInfo: Any, strict: bool = False) -> Row | None:
    build = get_build(call, buildInfo, strict)
    if build is None:
        return None
    return {
        name: {"build_id": build["id"]} if name == "image" else None
        for name in builds.types(call, build["id"])
    }


@method("getImageBuild")
def get_image_build(call: Call, buildInfo: Any, strict: bool = False) -> Row | None:
    build_id = builds.find_id(call, buildInfo)
    if build_id is not None and "image" in builds.types(call, build_id):
        return {"build_id": build_id}
    if strict:
        raise koji.GenericError(f"no such image build: {buildInfo}")
    return None


@method("getMavenBuild")
def get_maven_build(call: Call, buildInfo: Any, strict: bool = False) -> None:
    del call
    if strict:
        raise koji.GenericError(f"no such maven build: {buildInfo}")


@method("getWinBuild")
def get_win_build(call: Call, buildInfo: Any, strict: bool = False) -> None:
    del call
    if strict:
        raise koji.GenericError(f"no such Windows build: {buildInfo}")


@method("listBTypes")
def list_btypes(call: Call, query: Row | None = None, queryOpts: Any = None) -> list[Row]:
    del queryOpts
    rows = call.db.rows("SELECT id, name FROM btype ORDER BY id")
    return [row for row in rows if (query or {}).items() <= row.items()]


@method("listVolumes")
def list_volumes(call: Call) -> list[Row]:
    del call
    return [VOLUME]


@method("getVolume")
def get_volume(call: Call, volume: Any, strict: bool = False) -> Row | None:
    del call
    if volume in VOLUME.values():
        return VOLUME
    if strict:
        raise koji.GenericError(f"No such entry in table volume: {volume}")
    return None


@method("cancelBuild")
def cancel_build(call: Call, buildID: Any, strict: bool = False) -> bool:
    call.session.assert_login()
    build = get_build(call, buildID, strict)
    if build is None:
        return False
    if build["owner_id"] != call.session.user_id and not call.session.has_perm("admin"):
        raise koji.ActionNotAllowed("Cannot cancel build, not owner")
    return cancel.build(call, build["id"])


@method("createEmptyBuild")
def create_empty_build(
    call: Call,
    name: str,
    version: str,
    release: str,
    epoch: int | None,
    owner: Any = None,
    draft: bool = False,
) -> int:
    call.session.assert_perm("admin")
    if draft:
        raise koji.GenericError("the sandbox has no draft builds")
    data = {"name": name, "version": version, "release": release, "epoch": epoch}
    if owner is not None:
        data["owner"] = names.get_id(call, "users", owner)
    return builds.create(call, data)

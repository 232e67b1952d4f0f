"""Build targets: where to build, and which tag the result goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.database import NOW
from koji_imagebuild.sandbox.hub.entities import names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getBuildTargets")
def get_build_targets(
    call: Call,
    info: Any = None,
    event: int | None = None,
    buildTagID: Any = None,
    destTagID: Any = None,
    queryOpts: Any = None,
) -> Any:
    rows = call.db.rows(
        "SELECT t.id, t.name, c.build_tag, b.name AS build_tag_name, c.dest_tag,"
        " d.name AS dest_tag_name FROM build_target t"
        " JOIN build_target_config c ON c.build_target_id = t.id"
        " JOIN tag b ON b.id = c.build_tag JOIN tag d ON d.id = c.dest_tag"
        " WHERE (:target IS NULL OR t.id = :target) AND (:build IS NULL OR b.id = :build)"
        " AND (:dest IS NULL OR d.id = :dest) AND c.create_event <= :at"
        " AND (c.revoke_event IS NULL OR :at < c.revoke_event) ORDER BY t.name",
        target=None if info is None else names.find_id(call, "build_target", info) or -1,
        build=None if buildTagID is None else names.find_id(call, "tag", buildTagID) or -1,
        dest=None if destTagID is None else names.find_id(call, "tag", destTagID) or -1,
        at=NOW if event is None else event,
    )
    return query.apply(rows, queryOpts)


@method("getBuildTarget")
def get_build_target(
    call: Call, info: Any, event: int | None = None, strict: bool = False
) -> Row | None:
    found: list[Row] = get_build_targets(call, info, event)
    if not found and strict:
        raise koji.GenericError(f"No such build target: {info}")
    return found[0] if found else None


def _set(call: Call, target_id: int, build_tag: Any, dest_tag: Any) -> None:
    build, dest = tags.get(call, build_tag)["id"], tags.get(call, dest_tag)["id"]
    call.revoke("build_target_config", build_target_id=target_id)
    call.add_version(
        "build_target_config", build_target_id=target_id, build_tag=build, dest_tag=dest
    )


@method("createBuildTarget")
def create_build_target(call: Call, name: str, build_tag: Any, dest_tag: Any) -> None:
    call.session.assert_perm("target")
    names.verify(name)
    if get_build_target(call, name):
        raise koji.GenericError(f"A build target with the name '{name}' already exists")
    _set(call, names.ensure_id(call, "build_target", name), build_tag, dest_tag)


@method("editBuildTarget")
def edit_build_target(
    call: Call, buildTargetInfo: Any, name: str, build_tag: Any, dest_tag: Any
) -> None:
    call.session.assert_perm("target")
    names.verify(name)
    target_id = names.get_id(call, "build_target", buildTargetInfo)
    call.db.change("UPDATE build_target SET name = :name WHERE id = :id", name=name, id=target_id)
    _set(call, target_id, build_tag, dest_tag)


@method("deleteBuildTarget")
def delete_build_target(call: Call, buildTargetInfo: Any) -> None:
    call.session.assert_perm("target")
    target_id = names.get_id(call, "build_target", buildTargetInfo)
    call.revoke("build_target_config", build_target_id=target_id)

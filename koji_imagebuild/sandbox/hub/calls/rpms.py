"""RPMs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
from koji.util import joinpath

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import builds, rpms

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getRPM")
def get_rpm(call: Call, rpminfo: Any, strict: bool = False, multi: bool = False) -> Any:
    if multi:
        return rpms.find_all(call, rpminfo)
    return rpms.get(call, rpminfo) if strict else rpms.find(call, rpminfo)


@method("listRPMs")
def list_rpms(
    call: Call,
    buildID: int | None = None,
    buildrootID: int | None = None,
    imageID: int | None = None,
    componentBuildrootID: int | None = None,
    hostID: int | None = None,
    arches: Any = None,
    queryOpts: Any = None,
    draft: bool | None = None,
) -> Any:
    """Of a build, inside an image (an archive's id), or inside a build root."""
    if buildrootID is not None or hostID is not None or draft:
        return query.apply([], queryOpts)
    rows = call.db.rows(
        "SELECT r.*, l.buildroot_id AS component_buildroot_id, l.is_update FROM rpm_info r"
        " LEFT JOIN buildroot_listing l ON l.rpm_id = r.id AND l.buildroot_id = :buildroot"
        " WHERE (:build IS NULL OR r.build_id = :build)"
        " AND (:buildroot IS NULL OR l.buildroot_id IS NOT NULL)"
        " AND (:image IS NULL OR r.id IN (SELECT rpm_id FROM archive_rpm_components"
        "  WHERE archive_id = :image))"
        " AND (:arches IS NULL OR r.arch IN (SELECT value FROM json_each(:arches)))"
        " ORDER BY r.name, r.arch",
        build=buildID,
        buildroot=componentBuildrootID,
        image=imageID,
        arches=None
        if arches is None
        else json.dumps([arches] if isinstance(arches, str) else arches),
    )
    if componentBuildrootID is None:
        for row in rows:
            del row["component_buildroot_id"], row["is_update"]
    return query.apply(rows, queryOpts)


@method("listBuildRPMs")
def list_build_rpms(call: Call, build: Any) -> Any:
    return list_rpms(call, buildID=builds.get(call, build)["id"])


@method("importRPM")
def import_rpm(call: Call, path: str, basename: str) -> Row:
    """:param path: the folder below ``work/`` that the file was uploaded to"""
    call.session.assert_perm("admin")
    return rpms.import_file(call, Path(joinpath(call.site.paths.work(), path, basename)))


@method("addExternalRPM")
def add_external_rpm(call: Call, rpminfo: Row, external_repo: str, strict: bool = True) -> None:
    call.session.assert_perm("admin")
    if strict and rpms.find(call, {**rpminfo, "location": external_repo}):
        raise koji.GenericError("external rpm already exists")
    rpms.add_external(call, rpminfo, external_repo)


@method("queryRPMSigs")
def query_rpm_sigs(
    call: Call, rpm_id: Any = None, sigkey: Any = None, queryOpts: Any = None
) -> Any:
    """The sandbox keeps no signatures."""
    del call, rpm_id, sigkey
    return query.apply([], queryOpts)

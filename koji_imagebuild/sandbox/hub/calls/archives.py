"""Archives: the files of image builds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import archivetypes, images

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("listArchives")
def list_archives(
    call: Call,
    buildID: int | None = None,
    buildrootID: int | None = None,
    componentBuildrootID: int | None = None,
    hostID: int | None = None,
    type: str | None = None,
    filename: str | None = None,
    size: int | None = None,
    checksum: str | None = None,
    checksum_type: int | None = None,
    typeInfo: Row | None = None,
    queryOpts: Any = None,
    imageID: int | None = None,
    archiveID: int | None = None,
    strict: bool = False,
) -> Any:
    nowhere = (buildrootID, componentBuildrootID, hostID, imageID)
    rows = (
        []
        if any(key is not None for key in nowhere)
        else call.db.rows(
            "SELECT * FROM archive_info WHERE (:build IS NULL OR build_id = :build)"
            " AND (:type IS NULL OR btype = :type) AND (:name IS NULL OR filename = :name)"
            " AND (:size IS NULL OR size = :size) AND (:checksum IS NULL OR checksum = :checksum)"
            " AND (:checksum_type IS NULL OR checksum_type = :checksum_type)"
            " AND (:arch IS NULL OR arch = :arch) AND (:id IS NULL OR id = :id) ORDER BY id",
            build=buildID,
            type=type,
            name=filename,
            size=size,
            checksum=checksum,
            checksum_type=checksum_type,
            arch=(typeInfo or {}).get("arch"),
            id=archiveID,
        )
    )
    if strict and not rows:
        raise koji.GenericError("No archives found.")
    if type != "image":
        # Koji tells the arch only when it is asked for images
        for row in rows:
            del row["arch"]
    return query.apply(rows, queryOpts)


@method("getArchive")
def get_archive(call: Call, archive_id: int, strict: bool = False) -> Row | None:
    if not strict and not list_archives(call, archiveID=archive_id):
        return None
    return images.get_archive(call, archive_id)


@method("getImageArchive")
def get_image_archive(call: Call, archive_id: int, strict: bool = False) -> Row | None:
    row = get_archive(call, archive_id, strict)
    return row and {"archive_id": row["id"], "arch": row["arch"], "rootid": row["rootid"]}


@method("getArchiveTypes")
def get_archive_types(call: Call) -> list[Row]:
    return archivetypes.all_types(call)


@method("getArchiveType")
def get_archive_type(
    call: Call,
    filename: str | None = None,
    type_name: str | None = None,
    type_id: int | None = None,
    strict: bool = False,
) -> Row | None:
    if filename is None and type_name is None and type_id is None:
        raise koji.GenericError("one of filename, type_name, or type_id must be specified")
    if filename is not None and type_name is None and type_id is None:
        found = archivetypes.of_file(call, filename)
    else:
        key, value = ("id", type_id) if type_id is not None else ("name", type_name)
        found = next((t for t in archivetypes.all_types(call) if t[key] == value), None)
    if found is None and strict:
        raise koji.GenericError(f"unsupported file extension: {filename}")
    return found


@method("addArchiveType")
def add_archive_type(
    call: Call, name: str, description: str, extensions: str, compression_type: str | None = None
) -> None:
    call.session.assert_perm("admin")
    archivetypes.add(call, name, description, extensions, compression_type)

"""RPMs: those of builds, and those of external repositories that something contained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import koji.plugin

from koji_imagebuild.sandbox.hub.entities import builds, names

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

EXTERNAL_FIELDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "version": (str,),
    "release": (str,),
    "epoch": (int, type(None)),
    "arch": (str,),
    "payloadhash": (str,),
    "size": (int,),
    "buildtime": (int,),
}


def find_all(call: Call, info: Any) -> list[Row]:
    """By id, N-V-R.A or a dict; ``location`` names an external repository.

    Koji's own RPM stands first, then the newest external one.
    """
    if isinstance(info, bool) or not isinstance(info, (int, str, dict)):
        raise koji.GenericError(f"Invalid type for rpminfo: {type(info)}")
    if isinstance(info, int) or (isinstance(info, str) and info.isdigit()):
        return call.db.rows("SELECT * FROM rpm_info WHERE id = :id", id=int(info))
    nvra = koji.parse_NVRA(info) if isinstance(info, str) else info
    if "id" in nvra:
        return find_all(call, nvra["id"])
    location = nvra.get("location")
    return call.db.rows(
        "SELECT * FROM rpm_info WHERE name = :name AND version = :version"
        " AND release = :release AND arch = :arch"
        " AND (:repo IS NULL OR external_repo_id = :repo)"
        " ORDER BY external_repo_id <> 0, id DESC",
        repo=None if not location else names.get_id(call, "external_repo", location),
        **{key: nvra.get(key) for key in ("name", "version", "release", "arch")},
    )


def find(call: Call, info: Any) -> Row | None:
    return next(iter(find_all(call, info)), None)


def get(call: Call, info: Any) -> Row:
    """:raises koji.GenericError: when Koji does not know it"""
    row = find(call, info)
    if row is None:
        raise koji.GenericError(f"No such rpm: {info!r}")
    return row


def resolve(call: Call, entry: Row) -> int:
    """The id of an RPM that a build root or image holds; external ones are added when new."""
    location = entry.get("location")
    return int(add_external(call, entry, location)["id"] if location else get(call, entry)["id"])


def add_external(call: Call, entry: Row, repo: str) -> Row:
    """:raises koji.GenericError: when a field is missing, or the known one has another hash"""
    for field, kinds in EXTERNAL_FIELDS.items():
        if field not in entry:
            raise koji.GenericError(f"{field} field missing: {entry!r}")
        if not isinstance(entry[field], kinds):
            raise koji.GenericError(f"Invalid value for {field}: {entry[field]!r}")
    known = find(call, {**entry, "location": repo})
    if known is not None:
        if known["payloadhash"] != entry["payloadhash"]:
            raise koji.GenericError(
                f"hash changed for external rpm: {known['nvr']}.{known['arch']}@{repo}"
                f" ({known['payloadhash']} -> {entry['payloadhash']})"
            )
        return known
    rpm_id = call.db.insert(
        "rpminfo",
        external_repo_id=names.get_id(call, "external_repo", repo),
        draft=None,
        **{field: entry[field] for field in EXTERNAL_FIELDS},
    )
    return get(call, rpm_id)


def import_file(call: Call, path: Path) -> Row:
    """Import an uploaded RPM into the build of its source RPM.

    :raises koji.GenericError: when there is no such build, or the file's name is not its NVRA
    """
    if not path.is_file():
        raise koji.GenericError(f"No such file: {path}")
    header = koji.get_rpm_header(str(path))
    rpm = koji.get_header_fields(
        header,
        ["name", "version", "release", "epoch", "sourcepackage", "arch", "buildtime", "sourcerpm"],
    )
    source, sourcerpm = rpm.pop("sourcepackage"), rpm.pop("sourcerpm")
    if source:
        rpm["arch"] = "src"
    expected = "{name}-{version}-{release}.{arch}.rpm".format(**rpm)
    if path.name != expected:
        raise koji.GenericError(f"bad filename: {path.name} (expected {expected})")
    build = _build_of(call, rpm if source else koji.parse_NVRA(sourcerpm), create=bool(source))
    state = koji.BUILD_STATES[build["state"]]
    if state in {"FAILED", "CANCELED", "DELETED"}:
        raise koji.GenericError(f"Build is {state}: {build['nvr']}")
    builds.add_type(call, build["id"], "rpm")
    rpm |= {
        "build_id": build["id"],
        "size": path.stat().st_size,
        "payloadhash": koji.hex_string(koji.get_header_field(header, "sigmd5")),
        "external_repo_id": 0,
    }
    about = {"type": "rpm", "build": build, "filepath": str(path), "fileinfo": None}
    koji.plugin.run_callbacks("preImport", rpm=rpm, **about)
    rpm["id"] = call.db.insert("rpminfo", **rpm)
    koji.plugin.run_callbacks("postImport", rpm=rpm, **about)
    target = builds.folder(call, build) / call.site.paths.rpm(rpm)
    call.mover.move_and_link(path, target)
    for tag_id in call.db.column(
        "SELECT tag_id FROM tag_listing WHERE build_id = :id AND revoke_event IS NULL",
        id=build["id"],
    ):
        call.add_version("tag_updates", tag_id=tag_id)
    return {**rpm, "build": build, "brootid": None}


def _build_of(call: Call, nvr: Row, *, create: bool) -> Row:
    build = builds.find(call, nvr)
    if build is not None:
        return build
    if not create:
        raise koji.GenericError("No such build")
    return builds.get(call, builds.create(call, nvr))


def of_tag(call: Call, tagged: list[Row]) -> list[Row]:
    """The RPMs of the builds that a tag holds."""
    rows = []
    for build_id in {build["id"]: None for build in tagged}:
        rows += call.db.rows(
            "SELECT * FROM rpm_info WHERE build_id = :id ORDER BY name, arch", id=build_id
        )
    return rows

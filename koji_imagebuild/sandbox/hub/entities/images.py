"""Importing images: files one by one, as Koji does, so that what it refuses is refused here."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import koji
import koji.plugin
from koji.util import joinpath

from koji_imagebuild.sandbox.hub.entities import archivetypes, builds, names, rpms, tasks
from koji_imagebuild.sandbox.hub.moves import move_for_good

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

BLOCK = 1 << 20


def import_results(call: Call, build: Row, results: dict[str, Row]) -> None:
    """Import what the arch tasks made.

    :param results: by task id as a string: task_id, arch, files, rpmlist; faults are passed over
    """
    for result in results.values():
        if "task_id" in result:
            _import_result(call, build, result)


def _import_result(call: Call, build: Row, result: Row) -> None:
    koji.plugin.run_callbacks("preImport", type="image", image=result)
    work = Path(call.site.paths.task(result["task_id"]))
    files = [Path(joinpath(str(work), name)) for name in result["files"]]
    archives = [_import_file(call, build, path, result["arch"]) for path in files]
    _import_logs(call, build, work, result["arch"])
    rpm_ids = sorted(rpms.resolve(call, rpm) for rpm in result["rpmlist"])
    call.db.insert_many(
        "INSERT INTO archive_rpm_components (archive_id, rpm_id) VALUES (?, ?)",
        [
            (archive["id"], rpm_id)
            for archive in archives
            if not archive["filename"].endswith("xml")
            for rpm_id in rpm_ids
        ],
    )
    if not archives:
        # the real hub trips over this as well, with a less telling message (kojihub.py:10680)
        raise koji.BuildError(f"task {result['task_id']} has no files to import")
    koji.plugin.run_callbacks(
        "postImport", type="image", image=result, build=build, fullpath=str(files[-1])
    )


def _import_file(call: Call, build: Row, path: Path, arch: str) -> Row:
    kind = archivetypes.of_file(call, path.name)
    if kind is None:
        raise koji.BuildError(f"Unsupported file type: {path.name}")
    if not path.exists():
        raise koji.GenericError(f"No such file: {path}")
    if "image" not in builds.types(call, build["id"]):
        raise koji.ImportError("Build does not have type image")
    values = {
        "build_id": build["id"],
        "type_id": kind["id"],
        "btype_id": names.get_id(call, "btype", "image"),
        "filename": path.name,
        "size": path.stat().st_size,
        "checksum": _sha256(path),
        "checksum_type": koji.CHECKSUM_TYPES["sha256"],
        "arch": arch,
    }
    about = {"type": "archive", "build": build, "build_type": "image", "filepath": str(path)}
    koji.plugin.run_callbacks("preImport", archive=values, fileinfo={}, **about)
    archive_id = call.db.insert("archiveinfo", **values)
    target = Path(call.site.paths.imagebuild(build)) / path.name
    _place(path, target, f"Error importing archive file, {target} already exists")
    archive = get_archive(call, archive_id)
    koji.plugin.run_callbacks("postImport", archive=archive, fileinfo={}, **about)
    return archive


def _import_logs(call: Call, build: Row, work: Path, arch: str) -> None:
    """Every ``*.log`` at the top of the task's folder, whether the result names it or not."""
    folder = Path(call.site.paths.build_logs(build)) / "image" / arch
    for path in sorted(work.glob("*.log")):
        target = folder / path.name
        _place(path, target, f"Error importing build log. {target} already exists.")


def _place(path: Path, target: Path, complaint: str) -> None:
    if target.exists():
        raise koji.GenericError(complaint)
    if path.is_symlink() or not path.is_file():
        raise koji.GenericError(f"Error importing {path}: it is not a regular file.")
    move_for_good(path, target)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def get_archive(call: Call, archive_id: int) -> Row:
    """:raises koji.GenericError: when there is no such archive"""
    row = call.db.one("SELECT * FROM archive_info WHERE id = :id", id=archive_id)
    if row is None:
        raise koji.GenericError(f"No such archive: {archive_id}")
    row["rootid"] = bool(
        call.db.value("SELECT 1 FROM archive_rpm_components WHERE archive_id = :id", id=archive_id)
    )
    return row


def move_to_scratch(call: Call, task_id: int, results: dict[str, Row]) -> None:
    """Move files and logs to scratch/USER/task_N; symlinks stay in work/, where Pungi looks."""
    owner = tasks.get(call, task_id)["owner"]
    user = call.db.value("SELECT name FROM users WHERE id = :id", id=owner)
    scratch = Path(call.site.paths.scratch()) / user
    for result in results.values():
        if "task_id" not in result:
            continue
        work = Path(call.site.paths.task(result["task_id"]))
        target = scratch / f"task_{result['task_id']}"
        for name in [*result["files"], *result["logs"]]:
            source = Path(joinpath(str(work), name))
            move_for_good(source, target / source.relative_to(work))

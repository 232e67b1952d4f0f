"""Repositories of tags: asked for, begun by a newRepo task, put in place when it is done."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
import koji.plugin
from koji.util import joinpath

from koji_imagebuild.sandbox.hub.entities import groups, packages, rpms, tagging

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

INIT = koji.REPO_STATES["INIT"]
READY = koji.REPO_STATES["READY"]
DELETED = koji.REPO_STATES["DELETED"]

OPTIONS = {"src": False, "debuginfo": False, "separate_src": False, "maven": False}


def find(call: Call, repo_id: int) -> Row | None:
    return call.db.one("SELECT * FROM repo_info WHERE id = :id", id=repo_id)


def get(call: Call, repo_id: int) -> Row:
    """:raises koji.GenericError: when there is no such repository"""
    row = find(call, repo_id)
    if row is None:
        # Koji's own words (kojihub/kojihub.py, repo_info)
        raise koji.GenericError("query returned no rows")
    return row


def convert_options(opts: Any) -> dict[str, bool]:
    """The options that are given; :raises koji.ParameterError: for an unknown one."""
    if opts is None:
        return {}
    if not isinstance(opts, dict):
        raise koji.ParameterError("Repo opts must be a dictionary")
    for key in opts:
        if key not in OPTIONS:
            raise koji.ParameterError(f"Invalid repo option: {key}")
    return {key: bool(value) for key, value in opts.items() if value is not None}


def best(
    call: Call,
    tag_id: int,
    *,
    min_event: int | None = None,
    at_event: int | None = None,
    opts: dict[str, bool],
) -> Row | None:
    """The newest ready repository that has the options asked for and no others of its own."""
    rows = call.db.rows(
        "SELECT * FROM repo_info WHERE tag_id = :tag_id AND state = :ready"
        " AND (:at_event IS NULL OR create_event = :at_event)"
        " AND (:min_event IS NULL OR create_event >= :min_event)"
        " ORDER BY create_event DESC, id DESC",
        tag_id=tag_id,
        ready=READY,
        at_event=at_event,
        min_event=min_event,
    )
    return next((row for row in rows if fits(row, opts)), None)


def fits(repo: Row, opts: dict[str, bool]) -> bool:
    has, of_its_own = repo["opts"].items(), repo["custom_opts"].items()
    return all(option in has for option in opts.items()) and all(
        option in opts.items() for option in of_its_own
    )


def begin(call: Call, tag: Row, task_id: int | None, event: int | None, opts: Any) -> list[int]:
    """Record a repository and write what createrepo needs: package lists and comps.

    :returns: the repository's id and the event it is made from
    """
    asked = convert_options(opts)
    custom = {key: value for key, value in asked.items() if value != OPTIONS[key]}
    koji.plugin.run_callbacks(
        "preRepoInit", tag=tag, event=event, repo_id=None, task_id=task_id, opts=asked
    )
    made_from = call.event if event is None else event
    now = time.time()
    repo_id = call.db.insert(
        "repo",
        tag_id=tag["id"],
        create_event=made_from,
        creation_ts=now,
        state=INIT,
        state_ts=now,
        task_id=task_id,
        opts=json.dumps({**OPTIONS, **asked}),
        custom_opts=json.dumps(custom),
    )
    folder = Path(call.site.paths.repo(repo_id, tag["name"]))
    # a folder of this new id can only be what a killed call left
    shutil.rmtree(folder, ignore_errors=True)
    _write_folder(call, folder, get(call, repo_id), tag)
    koji.plugin.run_callbacks(
        "postRepoInit", tag=tag, event=event, repo_id=repo_id, task_id=task_id, opts=asked
    )
    return [repo_id, made_from]


def _write_folder(call: Call, folder: Path, repo: Row, tag: Row) -> None:
    (folder / "groups").mkdir(parents=True)
    event = repo["create_event"]
    comps = koji.generate_comps(groups.visible(call, tag["id"], event), expand_groups=True)
    (folder / "groups" / "comps.xml").write_text(comps, encoding="utf-8")
    about = {
        "id": repo["id"],
        "tag": tag["name"],
        "tag_id": tag["id"],
        "task_id": repo["task_id"],
        "event_id": event,
        "opts": repo["opts"],
        "custom_opts": repo["custom_opts"],
        "with_src": repo["opts"]["src"],
        "with_separate_src": repo["opts"]["separate_src"],
        "with_debuginfo": repo["opts"]["debuginfo"],
    }
    (folder / "repo.json").write_text(json.dumps(about, indent=2), encoding="utf-8")
    blocked = [
        row["package_name"]
        for row in packages.listed(call, tag["id"], event=event).values()
        if row["blocked"]
    ]
    members = _rpm_paths(call, tag["id"], repo)
    for arch in _arches(tag, repo):
        below = folder / arch
        below.mkdir()
        (below / "toplink").symlink_to(os.path.relpath(call.topdir, below))
        lines = [path for rpm, path in members if _belongs(rpm, arch, repo["opts"])]
        (below / "pkglist").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        (below / "blocklist").write_text("".join(f"{name}\n" for name in blocked), encoding="utf-8")


def _arches(tag: Row, repo: Row) -> list[str]:
    names = {koji.canonArch(arch) for arch in (tag["arches"] or "").split()}
    if repo["opts"]["separate_src"]:
        names.add("src")
    return sorted(names - {"noarch"})


def _rpm_paths(call: Call, tag_id: int, repo: Row) -> list[tuple[Row, str]]:
    """The RPMs of the tag's latest builds, and where they lie below an arch folder's toplink."""
    query = tagging.Query(event=repo["create_event"], inherit=True, latest=1)
    builds = {build["id"]: build for build in tagging.contents(call, tag_id, query)}
    layout = koji.PathInfo(topdir="toplink")
    return [
        (rpm, f"{layout.build(builds[rpm['build_id']])}/{layout.rpm(rpm)}")
        for rpm in rpms.of_tag(call, list(builds.values()))
    ]


def _belongs(rpm: Row, arch: str, opts: dict[str, bool]) -> bool:
    if not opts["debuginfo"] and koji.is_debuginfo(rpm["name"]):
        return False
    if rpm["arch"] == "src":
        return opts["separate_src"] if arch == "src" else opts["src"]
    fitting = ("noarch", arch)
    return arch != "src" and (rpm["arch"] in fitting or koji.canonArch(rpm["arch"]) in fitting)


def done(call: Call, repo: Row, data: dict[str, Any], updates: dict[str, Any] | None) -> None:
    """Move the uploaded repodata into place and hand the repository out.

    :param data: by arch: folder below ``work/``, and the files in it
    """
    koji.plugin.run_callbacks("preRepoDone", repo=repo, data=data, expire=False)
    if repo["state"] != INIT:
        raise koji.GenericError(f"Repo {repo['id']} not in INIT state (got {repo['state']})")
    folder = Path(call.site.paths.repo(repo["id"], repo["tag_name"]))
    if updates:
        path = folder / "repo.json"
        about = json.loads(path.read_text(encoding="utf-8")) | updates
        path.write_text(json.dumps(about, indent=2), encoding="utf-8")
    for arch, (upload, files) in data.items():
        below = folder / koji.canonArch(arch)
        if not below.is_dir():
            raise koji.GenericError(f"Repo arch directory missing: {below}")
        for name in files:
            source = Path(joinpath(call.site.paths.work(), upload, name))
            if not source.exists():
                raise koji.GenericError(f"uploaded file missing: {source}")
            call.mover.move(source, Path(joinpath(str(below / "repodata"), name)))
    set_state(call, repo["id"], READY)
    _answer_requests(call, get(call, repo["id"]))
    _link_latest(folder)
    koji.plugin.run_callbacks("postRepoDone", repo=repo, data=data, expire=False)


def set_state(call: Call, repo_id: int, state: int) -> None:
    """States only go up; a deleted repository stays deleted."""
    old = get(call, repo_id)["state"]
    if old == state:
        return
    if old == DELETED or (old > state and state != DELETED):
        raise koji.GenericError(
            f"Invalid repo state transition for repo {repo_id}:"
            f" {koji.REPO_STATES[old]} -> {koji.REPO_STATES[state]}"
        )
    call.db.change(
        "UPDATE repo SET state = :state, state_ts = :now WHERE id = :id",
        state=state,
        now=time.time(),
        id=repo_id,
    )


def _answer_requests(call: Call, repo: Row) -> None:
    for request in call.db.rows(
        "SELECT * FROM repo_request WHERE active AND tag_id = :tag_id AND repo_id IS NULL"
        " AND (at_event = :event OR min_event <= :event)",
        tag_id=repo["tag_id"],
        event=repo["create_event"],
    ):
        if fits(repo, request["opts"]):
            call.db.change(
                "UPDATE repo_queue SET repo_id = :repo_id, active = 0, update_ts = :now"
                " WHERE id = :id",
                repo_id=repo["id"],
                now=time.time(),
                id=request["id"],
            )


def _link_latest(folder: Path) -> None:
    """``latest`` points at it from the moment it is whole."""
    latest = folder.parent / "latest"
    new = folder.parent / ".latest"
    new.unlink(missing_ok=True)
    new.symlink_to(folder.name)
    new.replace(latest)

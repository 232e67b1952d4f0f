"""Builds in tags: listed, put there, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import builds, names, rpms, tagging, tags, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def _latest(latest: Any) -> int | None:
    """:param latest: False or None for all, True for one, or how many per package"""
    return int(latest or 0) or None


@method("listTagged")
def list_tagged(
    call: Call,
    tag: Any,
    event: int | None = None,
    inherit: bool = False,
    prefix: str | None = None,
    latest: Any = False,
    package: str | None = None,
    owner: str | None = None,
    type: str | None = None,
    strict: bool = True,
    extra: bool = False,
    draft: bool | None = None,
) -> list[Row]:
    del draft
    found = (tags.get if strict else tags.find)(call, tag, event)
    if found is None:
        return []
    what = tagging.Query(event, bool(inherit), _latest(latest), package, owner, type)
    rows = tagging.contents(call, found["id"], what)
    if not extra:
        rows = [{key: row[key] for key in row if key != "extra"} for row in rows]
    return [row for row in rows if row["name"].lower().startswith((prefix or "").lower())]


@method("getLatestBuilds")
def get_latest_builds(
    call: Call,
    tag: Any,
    event: int | None = None,
    package: str | None = None,
    type: str | None = None,
    draft: bool | None = None,
) -> list[Row]:
    return list_tagged(
        call, tag, event, inherit=True, latest=True, package=package, type=type, draft=draft
    )


@method("listTaggedRPMS")
def list_tagged_rpms(
    call: Call,
    tag: Any,
    event: int | None = None,
    inherit: bool = False,
    latest: Any = False,
    package: str | None = None,
    arch: Any = None,
    rpmsigs: bool = False,
    owner: str | None = None,
    type: str | None = None,
    strict: bool = True,
    extra: bool = True,
    draft: bool | None = None,
) -> list[list[Row]]:
    del rpmsigs, extra, draft
    found = list_tagged(
        call, tag, event, inherit, None, latest, package, owner, type, strict=strict
    )
    wanted = None if arch is None else {arch} if isinstance(arch, str) else set(arch)
    members = [row for row in rpms.of_tag(call, found) if wanted is None or row["arch"] in wanted]
    return [members, found]


@method("getLatestRPMS")
def get_latest_rpms(
    call: Call,
    tag: Any,
    package: str | None = None,
    arch: Any = None,
    event: int | None = None,
    rpmsigs: bool = False,
    type: str | None = None,
    draft: bool | None = None,
) -> list[list[Row]]:
    del rpmsigs, draft
    return list_tagged_rpms(
        call, tag, event, inherit=True, latest=True, package=package, arch=arch, type=type
    )


@method("tagBuild")
def tag_build(call: Call, tag: Any, build: Any, force: bool = False, fromtag: Any = None) -> int:
    """:returns: the id of the task that does it"""
    user_id = call.session.require_user()
    info, target = builds.get(call, build), tags.get(call, tag)
    origin = tags.get(call, fromtag) if fromtag else None
    if info["state"] != builds.COMPLETE:
        state = koji.BUILD_STATES[info["state"]]
        raise koji.TagError(f"build {info['nvr']} not complete: state {state}")
    for one in (target, origin):
        if one is not None:
            tagging.assert_access(call, one, user_id, force=force)
    tagging.assert_taggable(call, target, info, force=force)
    request = [target["id"], info["id"], bool(force), origin and origin["id"]]
    return tasks.make_task(call, "tagBuild", request, priority=10)


@method("tagBuildBypass")
def tag_build_bypass(
    call: Call, tag: Any, build: Any, force: bool = False, notify: bool = False
) -> None:
    """Tag without a task; for imports."""
    del notify
    call.session.assert_perm("tag")
    user_id = call.session.require_user()
    tagging.add(call, tags.get(call, tag), builds.get(call, build), user_id, force=force)


@method("untagBuild")
def untag_build(call: Call, tag: Any, build: Any, strict: bool = True, force: bool = False) -> None:
    user_id = call.session.require_user()
    where, what = tags.get(call, tag), builds.get(call, build)
    tagging.remove(call, where, what, user_id, strict=strict, force=force)


@method("untagBuildBypass")
def untag_build_bypass(
    call: Call,
    tag: Any,
    build: Any,
    strict: bool = True,
    force: bool = False,
    notify: bool = False,
) -> None:
    del notify
    call.session.assert_perm("tag")
    untag_build(call, tag, build, strict, force)


@method("queryHistory")
def query_history(
    call: Call,
    tables: list[str] | None = None,
    tag: Any = None,
    build: Any = None,
    package: Any = None,
    pkg: Any = None,
    active: bool | None = None,
) -> dict[str, list[Row]]:
    """Which builds were in which tags; the history of nothing else is told.

    :param pkg: another name for package
    """
    package = pkg if package is None else package
    if tables is not None and tables != ["tag_listing"]:
        raise koji.GenericError("the sandbox knows the history of tag_listing only")
    return {
        "tag_listing": tagging.history(
            call,
            tag_id=None if tag is None else names.get_id(call, "tag", tag),
            build_id=None if build is None else builds.get(call, build)["id"],
            package_id=None if package is None else names.get_id(call, "package", package),
            active=active,
        )
    }

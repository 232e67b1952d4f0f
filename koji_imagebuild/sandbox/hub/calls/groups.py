"""Package groups of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import groups, names, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getTagGroups")
def get_tag_groups(
    call: Call,
    tag: Any,
    event: int | None = None,
    inherit: bool = True,
    incl_pkgs: bool = True,
    incl_reqs: bool = True,
    incl_blocked: bool = False,
) -> list[Row]:
    tag_id = names.get_id(call, "tag", tag)
    found = groups.visible(call, tag_id, event, inherit=inherit, blocked=incl_blocked)
    hidden = [
        key for key, kept in (("packagelist", incl_pkgs), ("grouplist", incl_reqs)) if not kept
    ]
    return [{key: row[key] for key in row if key not in hidden} for row in found]


@method("groupListAdd")
def group_list_add(
    call: Call, taginfo: Any, grpinfo: Any, block: bool = False, force: bool = False, **opts: Any
) -> None:
    call.session.assert_perm("tag")
    tag = tags.get(call, taginfo)
    groups.put(call, tag, grpinfo, block=bool(block), force=force, settings=opts)


@method("groupListRemove")
def group_list_remove(call: Call, taginfo: Any, grpinfo: Any, force: bool = False) -> None:
    call.session.assert_perm("tag")
    groups.remove(call, tags.get(call, taginfo), grpinfo, force=force)


@method("groupListBlock")
def group_list_block(call: Call, taginfo: Any, grpinfo: Any) -> None:
    group_list_add(call, taginfo, grpinfo, block=True)


@method("groupPackageListAdd")
def group_package_list_add(
    call: Call,
    taginfo: Any,
    grpinfo: Any,
    pkg_name: str,
    block: bool = False,
    force: bool = False,
    **opts: Any,
) -> None:
    call.session.assert_perm("tag")
    tag = tags.get(call, taginfo)
    groups.put_package(call, tag, grpinfo, pkg_name, block=bool(block), force=force, settings=opts)


@method("groupPackageListRemove")
def group_package_list_remove(call: Call, taginfo: Any, grpinfo: Any, pkg_name: str) -> None:
    call.session.assert_perm("tag")
    groups.remove_package(call, tags.get(call, taginfo), grpinfo, pkg_name)


@method("groupPackageListBlock")
def group_package_list_block(call: Call, taginfo: Any, grpinfo: Any, pkg_name: str) -> None:
    group_package_list_add(call, taginfo, grpinfo, pkg_name, block=True)

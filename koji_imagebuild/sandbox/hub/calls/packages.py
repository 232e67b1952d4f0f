"""Packages and the lists of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import names, packages, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getPackage")
def get_package(call: Call, info: Any, strict: bool = False, create: bool = False) -> Row | None:
    if create:
        call.session.assert_perm("admin")
        names.ensure_id(call, "package", info)
    return names.lookup(call, "package", info, strict=strict)


@method("getPackageID")
def get_package_id(call: Call, name: str, strict: bool = False) -> int | None:
    found = names.find_id(call, "package", name)
    if found is None and strict:
        raise koji.GenericError(f"No such package name: {name}")
    return found


@method("listPackages")
def list_packages(
    call: Call,
    tagID: Any = None,
    userID: Any = None,
    pkgID: Any = None,
    prefix: str | None = None,
    inherited: bool = False,
    with_dups: bool = False,
    event: int | None = None,
    queryOpts: Any = None,
    with_owners: bool = True,
    with_blocked: bool = True,
) -> Any:
    del with_dups, with_owners
    package_id = None if pkgID is None else names.get_id(call, "package", pkgID)
    if tagID is not None:
        tag_id = names.get_id(call, "tag", tagID)
        found = packages.listed(
            call, tag_id, package_id=package_id, event=event, inherit=bool(inherited)
        )
        rows = list(found.values())
    elif package_id is not None or userID is not None:
        rows = packages.everywhere(call, package_id, event)
    else:
        rows = call.db.rows(
            "SELECT id AS package_id, name AS package_name FROM package ORDER BY name"
        )
    if userID is not None:
        user_id = names.get_id(call, "users", userID)
        rows = [row for row in rows if row["owner_id"] == user_id]
    start = (prefix or "").lower()
    rows = [row for row in rows if row["package_name"].lower().startswith(start)]
    return query.apply([r for r in rows if with_blocked or not r.get("blocked")], queryOpts)


@method("getPackageConfig")
def get_package_config(call: Call, tag: Any, pkg: Any, event: int | None = None) -> Row | None:
    tag_id, package_id = names.find_id(call, "tag", tag), names.find_id(call, "package", pkg)
    if tag_id is None or package_id is None:
        return None
    return packages.listed(call, tag_id, package_id=package_id, event=event).get(package_id)


@method("checkTagPackage")
def check_tag_package(call: Call, tag: Any, pkg: Any) -> bool:
    config = get_package_config(call, tag, pkg)
    return config is not None and not config["blocked"]


@method("packageListAdd")
def package_list_add(
    call: Call,
    taginfo: Any,
    pkginfo: Any,
    owner: Any = None,
    block: bool | None = None,
    extra_arches: str | None = None,
    force: bool = False,
    update: bool = False,
) -> None:
    packages.assert_may_change(call)
    tag = tags.get(call, taginfo)
    if update and not force and not get_package_config(call, taginfo, pkginfo):
        raise koji.GenericError(
            f"cannot update: tag {tag['name']} has no data for package {pkginfo}"
        )
    packages.put(
        call,
        tag,
        pkginfo,
        owner=None if owner is None else names.get_id(call, "users", owner),
        block=block,
        extra_arches=koji.parse_arches(extra_arches, strict=True, allow_none=True),
        force=force,
    )


@method("packageListRemove")
def package_list_remove(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    del force
    packages.assert_may_change(call)
    packages.remove(call, tags.get(call, taginfo), names.get_id(call, "package", pkginfo))


@method("packageListBlock")
def package_list_block(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    packages.assert_may_change(call)
    tag = tags.get(call, taginfo)
    if not get_package_config(call, taginfo, pkginfo):
        raise koji.GenericError(f"Package {pkginfo} is not in tag listing for {tag['name']}")
    packages.put(call, tag, pkginfo, block=True, force=force)


@method("packageListUnblock")
def package_list_unblock(call: Call, taginfo: Any, pkginfo: Any, force: bool = False) -> None:
    del force
    packages.assert_may_change(call)
    packages.unblock(call, tags.get(call, taginfo), pkginfo)


@method("packageListSetOwner")
def package_list_set_owner(
    call: Call, taginfo: Any, pkginfo: Any, owner: Any, force: bool = False
) -> None:
    package_list_add(call, taginfo, pkginfo, owner=owner, force=force, update=True)


@method("packageListSetArches")
def package_list_set_arches(
    call: Call, taginfo: Any, pkginfo: Any, arches: str, force: bool = False
) -> None:
    package_list_add(call, taginfo, pkginfo, extra_arches=arches, force=force, update=True)

"""Tags: configuration and inheritance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import builds, names, packages, tagging, tags

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getTag")
def get_tag(
    call: Call,
    tagInfo: Any,
    strict: bool = False,
    event: int | None = None,
    blocked: bool = False,
) -> Row | None:
    del blocked
    return tags.get(call, tagInfo, event) if strict else tags.find(call, tagInfo, event)


@method("getTagID")
def get_tag_id(call: Call, info: Any, strict: bool = False, create: bool = False) -> int | None:
    del create
    return names.get_id(call, "tag", info) if strict else names.find_id(call, "tag", info)


@method("listTags")
def list_tags(
    call: Call,
    build: Any = None,
    package: Any = None,
    perms: bool = True,
    queryOpts: Any = None,
    pattern: str | None = None,
) -> Any:
    del perms
    if build is not None and package is not None:
        raise koji.GenericError("only one of build and package may be specified")
    rows = [
        tags.get(call, tag_id)
        for tag_id in call.db.column(
            "SELECT id FROM tag JOIN tag_config ON tag_id = id WHERE revoke_event IS NULL"
            " AND (:pattern IS NULL OR lower(name) GLOB lower(:pattern)) ORDER BY name",
            pattern=pattern,
        )
    ]
    if build is not None:
        build_id = builds.get(call, build)["id"]
        rows = [row for row in rows if tagging.is_tagged(call, row["id"], build_id)]
    if package is not None:
        package_id = names.get_id(call, "package", package)
        entries = {row["tag_id"]: row for row in packages.everywhere(call, package_id)}
        rows = [{**entries[row["id"]], **row} for row in rows if row["id"] in entries]
    return query.apply(rows, queryOpts)


@method("getBuildConfig")
def get_build_config(call: Call, tag: Any, event: int | None = None) -> Row:
    return tags.build_config(call, tag, event)


@method("createTag")
def create_tag(
    call: Call,
    name: str,
    parent: Any = None,
    arches: str | None = None,
    perm: Any = None,
    locked: bool = False,
    maven_support: bool = False,
    maven_include_all: bool = False,
    extra: Row | None = None,
) -> int:
    call.session.assert_perm("tag")
    if maven_support or maven_include_all:
        raise koji.GenericError("Maven support not enabled")
    config = {
        "arches": koji.parse_arches(arches, strict=True, allow_none=True),
        "perm_id": None if perm is None else names.get_id(call, "permissions", perm),
        "locked": bool(locked),
    }
    parent_id = None if parent is None else tags.get(call, parent)["id"]
    tag_id = tags.create(call, name, config, extra or {})
    if parent_id is not None:
        call.add_version("tag_inheritance", tag_id=tag_id, parent_id=parent_id, priority=0)
    return tag_id


@method("editTag2")
def edit_tag(call: Call, tagInfo: Any, **kwargs: Any) -> None:
    call.session.assert_perm("tag")
    tag = tags.get(call, tagInfo)
    if kwargs.get("maven_support") or kwargs.get("maven_include_all"):
        raise koji.GenericError("Maven support not enabled")
    name = kwargs.pop("name", None)
    if name and name != tag["name"]:
        names.verify(name)
        if names.find_id(call, "tag", name) is not None:
            raise koji.GenericError(f"Name {name} already taken")
        call.db.change("UPDATE tag SET name = :name WHERE id = :id", name=name, id=tag["id"])
    changes = {key: kwargs[key] for key in tags.CONFIG if key in kwargs}
    perm = kwargs.get("perm_id", kwargs.get("perm"))
    if "perm" in kwargs or "perm_id" in kwargs:
        changes["perm_id"] = None if perm is None else names.get_id(call, "permissions", perm)
    if changes.get("arches"):
        changes["arches"] = koji.parse_arches(changes["arches"], strict=True)
    tags.set_config(call, tag, changes)
    _edit_extra(
        call,
        tag,
        kwargs.get("extra") or {},
        kwargs.get("remove_extra") or [],
        kwargs.get("block_extra") or [],
    )


def _edit_extra(call: Call, tag: Row, new: Row, removed: list[str], blocked: list[str]) -> None:
    for key in new.keys() & {*removed, *blocked}:
        raise koji.GenericError(f"Can not both add/update and remove tag-extra: '{key}'")
    for key, value in new.items():
        if key not in tag["extra"] or tag["extra"][key] != value:
            tags.set_extra(call, tag["id"], key, json.dumps(value))
    for key in blocked:
        tags.set_extra(call, tag["id"], key, None)
    missing = [key for key in removed if key not in tag["extra"]]
    if missing:
        raise koji.GenericError(f"Tag: {tag['name']} doesn't have extra: {', '.join(missing)}")
    for key in removed:
        call.revoke("tag_extra", tag_id=tag["id"], key=key)


@method("deleteTag")
def delete_tag(call: Call, tagInfo: Any) -> None:
    call.session.assert_perm("tag")
    tag_id = tags.get(call, tagInfo)["id"]
    for table in ("tag_config", "tag_extra", "tag_inheritance", "tag_packages", "tag_listing"):
        call.revoke(table, tag_id=tag_id)


@method("getInheritanceData")
def get_inheritance_data(call: Call, tag: Any, event: int | None = None) -> list[Row]:
    return tags.parents(call, names.get_id(call, "tag", tag), event)


@method("getFullInheritance")
def get_full_inheritance(
    call: Call, tag: Any, event: int | None = None, reverse: bool = False
) -> list[Row]:
    if reverse:
        raise koji.GenericError("the sandbox does not list descendants")
    return tags.inheritance(call, names.get_id(call, "tag", tag), event)


@method("setInheritanceData")
def set_inheritance_data(call: Call, tag: Any, data: Any, clear: bool = False) -> None:
    call.session.assert_perm("tag")
    tag_id = tags.get(call, tag)["id"]
    if clear:
        call.revoke("tag_inheritance", tag_id=tag_id)
    for link in [data] if isinstance(data, dict) else data:
        parent_id = tags.get(call, link["parent_id"])["id"]
        call.revoke("tag_inheritance", tag_id=tag_id, parent_id=parent_id)
        if not link.get("delete link"):
            fields = ("priority", "maxdepth", "intransitive", "noconfig", "pkg_filter")
            values = {key: link[key] for key in fields}
            call.add_version("tag_inheritance", tag_id=tag_id, parent_id=parent_id, **values)
    priorities = [row["priority"] for row in tags.parents(call, tag_id)]
    if len(priorities) != len(set(priorities)):
        raise koji.GenericError(f"Multiple parent tags of tag {tag} have the same priority")


@method("tagLastChangeEvent")
def tag_last_change_event(
    call: Call, tag: Any, before: int | None = None, inherit: bool = True
) -> int | None:
    del inherit
    return tags.last_change(call, names.get_id(call, "tag", tag), before)


@method("tagChangedSinceEvent")
def tag_changed_since_event(call: Call, event: int, taglist: list[int]) -> bool:
    return tags.changed_since(call, event, taglist)

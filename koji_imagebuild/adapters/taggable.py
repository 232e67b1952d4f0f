"""Whether a build could be tagged into its destination, asked before it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import PreflightError

if TYPE_CHECKING:
    from koji_imagebuild.model.target import Target


def refusal(session: Any, target: Target, name: str, owner_id: int) -> PreflightError | None:
    """Why not, in the order in which the hub would say it (kojihub.py, ``_tag_build``)."""
    tag = target.dest_tag_name
    package = session.getPackageConfig(tag, name)
    if package is None:
        return PreflightError(
            f"Package {name} is not in the list of tag {tag}",
            repair=f"koji add-pkg --owner OWNER {tag} {name}",
        )
    if package["blocked"]:
        return PreflightError(
            f"Package {name} is blocked in tag {tag}", repair=f"koji unblock-pkg {tag} {name}"
        )
    info = session.getTag(target.dest_tag, strict=True)
    if info["locked"]:
        return PreflightError(
            f"Tag {tag} is locked, the build could not be tagged",
            repair=f"koji edit-tag --unlock {tag}, or build with --skip-tag",
        )
    needed = info.get("perm")
    if needed and not {needed, "admin"} & set(session.getUserPerms(owner_id)):
        return PreflightError(
            f"Tagging into {tag} needs the permission {needed}, which this user does not have",
            repair=f"koji grant-permission {needed} USER, or build with --skip-tag",
        )
    return None

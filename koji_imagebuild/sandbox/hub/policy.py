"""Koji's default policies, as far as they say no; the sandbox has no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox.hub.sessions import user_perms

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

NEEDED = {
    "build_from_repo_id": ("admin",),
    "build_from_scm": ("admin",),
    "build_from_srpm": ("admin",),
    "package_list": ("admin", "tag"),
}
"""Permissions one of which a policy wants: ``_default_policies`` of kojihub/kojixmlrpc.py.

A policy that is missing there allows (``MissingPolicyOk``).
"""


def check(call: Call, name: str, data: Row, *, force: bool = False) -> tuple[bool, str]:
    """Whether the user of ``data``, else the caller, may; and why not.

    :param force: an admin may all the same
    """
    needed = NEEDED.get(name)
    if needed is None:
        return True, "missing policy"
    user_id = data.get("user_id", call.session.user_id)
    perms = set(user_perms(call.db, user_id)) if user_id is not None else set()
    if perms & set(needed):
        return True, ""
    if force and "admin" in perms:
        return True, "overriden by force"
    return False, f"Only {'/'.join(needed)} can do this via default policy"


def enforce(call: Call, name: str, data: Row, *, force: bool = False) -> None:
    """:raises koji.ActionNotAllowed: when the policy says no"""
    allowed, reason = check(call, name, data, force=force)
    if not allowed:
        raise koji.ActionNotAllowed(f"policy violation ({name}): {reason}")

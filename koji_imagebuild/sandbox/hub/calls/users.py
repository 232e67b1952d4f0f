"""People and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import names
from koji_imagebuild.sandbox.hub.sessions import user_perms

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getUser")
def get_user(
    call: Call,
    userInfo: Any = None,
    strict: bool = False,
    krb_princs: bool = True,
    groups: bool = False,
) -> Row | None:
    del krb_princs
    info = call.session.require_user() if userInfo is None else userInfo
    user_id = names.find_id(call, "users", info)
    row = call.db.one("SELECT id, name, status, usertype FROM users WHERE id = :id", id=user_id)
    if row is None:
        if strict:
            raise koji.GenericError(f"No such user: {info!r}")
        return None
    row["krb_principals"] = []
    if groups:
        row["groups"] = []
    return row


@method("getLoggedInUser")
def get_logged_in_user(call: Call) -> Row | None:
    if not call.session.logged_in:
        return None
    user = get_user(call, call.session.user_id, strict=True)
    return {**(user or {}), "authtype": call.session.authtype, "krb_principal": None}


@method("listUsers")
def list_users(
    call: Call,
    userType: Any = 0,
    prefix: str | None = None,
    queryOpts: Any = None,
    perm: str | None = None,
    inherited_perm: bool = False,
) -> Any:
    del inherited_perm
    types = [userType] if isinstance(userType, int) else userType
    rows = call.db.rows(
        "SELECT id, name, status, usertype FROM users WHERE name LIKE :prefix || '%'"
        " AND (:perm IS NULL OR id IN (SELECT user_id FROM user_perms"
        "  JOIN permissions ON permissions.id = perm_id"
        "  WHERE permissions.name = :perm AND revoke_event IS NULL)) ORDER BY name",
        prefix=prefix or "",
        perm=perm,
    )
    rows = [{**row, "krb_principals": []} for row in rows]
    return query.apply([r for r in rows if types is None or r["usertype"] in types], queryOpts)


@method("createUser")
def create_user(
    call: Call, username: str, status: int | None = None, krb_principal: str | None = None
) -> int:
    del krb_principal
    call.session.assert_perm("admin")
    names.verify_user(username)
    if names.find_id(call, "users", username) is not None:
        raise koji.GenericError(f"user already exists: {username}")
    return call.db.insert("users", name=username, status=status or koji.USER_STATUS["NORMAL"])


def _set_status(call: Call, username: str, status: str) -> None:
    call.session.assert_perm("admin")
    user_id = names.get_id(call, "users", username)
    call.db.change(
        "UPDATE users SET status = :status WHERE id = :id",
        status=koji.USER_STATUS[status],
        id=user_id,
    )


@method("enableUser")
def enable_user(call: Call, username: str) -> None:
    _set_status(call, username, "NORMAL")


@method("disableUser")
def disable_user(call: Call, username: str) -> None:
    _set_status(call, username, "BLOCKED")


@method("grantPermission")
def grant_permission(
    call: Call,
    userinfo: Any,
    permission: str,
    create: bool = False,
    description: str | None = None,
) -> None:
    call.session.assert_perm("admin")
    user_id = names.get_id(call, "users", userinfo)
    if create:
        names.verify(permission)
        perm_id = names.ensure_id(call, "permissions", permission)
    else:
        perm_id = names.get_id(call, "permissions", permission)
    if description is not None:
        call.db.change(
            "UPDATE permissions SET description = :text WHERE id = :id",
            text=description,
            id=perm_id,
        )
    if permission in user_perms(call.db, user_id):
        raise koji.GenericError(f"user {userinfo} already has permission: {permission}")
    call.add_version("user_perms", user_id=user_id, perm_id=perm_id)


@method("revokePermission")
def revoke_permission(call: Call, userinfo: Any, permission: str) -> None:
    call.session.assert_perm("admin")
    user_id = names.get_id(call, "users", userinfo)
    perm_id = names.get_id(call, "permissions", permission)
    if not call.revoke("user_perms", user_id=user_id, perm_id=perm_id):
        raise koji.GenericError(f"user {userinfo} does not have permission: {permission}")


@method("hasPerm")
def has_perm(call: Call, perm: str, strict: bool = False) -> bool:
    if strict:
        names.get_id(call, "permissions", perm)
    return call.session.has_perm(perm)


@method("getPerms")
def get_perms(call: Call) -> list[str]:
    return sorted(call.session.perms)


@method("getUserPerms")
def get_user_perms(call: Call, userID: Any = None, with_groups: bool = True) -> list[str]:
    del with_groups
    info = call.session.require_user() if userID is None else userID
    return user_perms(call.db, names.get_id(call, "users", info))


@method("getUserPermsInheritance")
def get_user_perms_inheritance(call: Call, userID: Any) -> dict[str, list[None]]:
    """The sandbox has no user groups: every permission is the user's own."""
    return {name: [None] for name in get_user_perms(call, userID)}


@method("getUserGroups")
def get_user_groups(call: Call, user: Any) -> list[Row]:
    names.get_id(call, "users", user)
    return []


@method("getAllPerms")
def get_all_perms(call: Call) -> list[Row]:
    return call.db.rows("SELECT id, name, description FROM permissions ORDER BY id")

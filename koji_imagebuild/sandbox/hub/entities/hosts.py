"""Builders: their settings and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub.entities import names

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row

CONFIG = ("arches", "capacity", "description", "comment", "enabled")


def find(call: Call, info: Any) -> Row | None:
    host_id = names.find_id(call, "host", info)
    return call.db.one("SELECT * FROM host_info WHERE id = :id", id=host_id)


def get(call: Call, info: Any) -> Row:
    """:raises koji.GenericError: when there is no such builder"""
    row = find(call, info)
    if row is None:
        raise koji.GenericError(f"Invalid hostInfo: {info}")
    return row


def create(call: Call, name: str, arches: str) -> int:
    """A builder and the user it logs in as; it listens on channel ``default``."""
    names.verify(name)
    names.verify_user(name)
    if find(call, name) is not None:
        raise koji.GenericError(f"host already exists: {name}")
    user = call.db.one("SELECT id, usertype FROM users WHERE name = :name", name=name)
    if user is not None and user["usertype"] != koji.USERTYPES["HOST"]:
        raise koji.GenericError(f"user {name} already exists and it is not a host")
    user_id = (
        call.db.insert("users", name=name, usertype=koji.USERTYPES["HOST"])
        if user is None
        else user["id"]
    )
    host_id = call.db.insert("host", user_id=user_id, name=name)
    call.add_version("host_config", host_id=host_id, arches=arches)
    default = names.get_id(call, "channels", "default")
    call.add_version("host_channels", host_id=host_id, channel_id=default)
    return host_id


def edit(call: Call, host: Row, changes: dict[str, Any]) -> bool:
    """:returns: whether anything changed"""
    new = {key: changes.get(key, host[key]) for key in CONFIG}
    if all(new[key] == host[key] for key in CONFIG):
        return False
    call.revoke("host_config", host_id=host["id"])
    call.add_version("host_config", host_id=host["id"], **new)
    return True


def channels(call: Call, host_id: int | None = None) -> list[Row]:
    """The channels of a builder, or all there are."""
    return call.db.rows(
        "SELECT id, name, description, enabled, comment FROM channels"
        " WHERE :host_id IS NULL OR id IN (SELECT channel_id FROM host_channels"
        "  WHERE host_id = :host_id AND revoke_event IS NULL) ORDER BY id",
        host_id=host_id,
    )


def of_channel(call: Call, channel_id: int) -> list[int]:
    """The ids of the builders that listen on a channel."""
    return call.db.column(
        "SELECT host_id FROM host_channels WHERE channel_id = :id AND revoke_event IS NULL",
        id=channel_id,
    )


def join(call: Call, host: Row, channel_id: int) -> None:
    if host["id"] in of_channel(call, channel_id):
        raise koji.GenericError(f"host {host['name']} is already subscribed to that channel")
    call.add_version("host_channels", host_id=host["id"], channel_id=channel_id)


def leave(call: Call, host: Row, channel_id: int) -> None:
    if not call.revoke("host_channels", host_id=host["id"], channel_id=channel_id):
        raise koji.GenericError(f"host {host['name']} is not subscribed to that channel")

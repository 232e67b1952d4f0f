"""Builders and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import query, scheduler
from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import hosts, names

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("getHost")
def get_host(
    call: Call, hostInfo: Any, strict: bool = False, event: int | None = None
) -> Row | None:
    del event
    return hosts.get(call, hostInfo) if strict else hosts.find(call, hostInfo)


@method("listHosts")
def list_hosts(
    call: Call,
    arches: Any = None,
    channelID: Any = None,
    ready: bool | None = None,
    enabled: bool | None = None,
    userID: Any = None,
    queryOpts: Any = None,
) -> Any:
    rows = call.db.rows("SELECT * FROM host_info ORDER BY id")
    if arches is not None:
        wanted = {arches} if isinstance(arches, str) else set(arches)
        rows = [row for row in rows if wanted & set(row["arches"].split())]
    if channelID is not None:
        members = hosts.of_channel(call, names.get_id(call, "channels", channelID))
        rows = [row for row in rows if row["id"] in members]
    if userID is not None:
        user_id = names.get_id(call, "users", userID)
        rows = [row for row in rows if row["user_id"] == user_id]
    for key, flag in (("ready", ready), ("enabled", enabled)):
        rows = [row for row in rows if flag is None or row[key] == bool(flag)]
    return query.apply(rows, queryOpts)


@method("getLastHostUpdate")
def get_last_host_update(call: Call, hostID: int, ts: bool = False) -> Any:
    seconds = call.db.value("SELECT update_ts FROM host WHERE id = :id", id=hostID)
    if ts or seconds is None:
        return seconds
    return call.db.value("SELECT strftime('%Y-%m-%d %H:%M:%f+00:00', :ts, 'unixepoch')", ts=seconds)


@method("addHost")
def add_host(
    call: Call,
    hostname: str,
    arches: list[str],
    krb_principal: str | None = None,
    force: bool = False,
) -> int:
    del krb_principal, force
    call.session.assert_perm("host")
    return hosts.create(call, hostname, koji.parse_arches(" ".join(arches), strict=True))


@method("editHost")
def edit_host(call: Call, hostInfo: Any, **kw: Any) -> bool:
    call.session.assert_perm("host")
    return hosts.edit(call, hosts.get(call, hostInfo), kw)


@method("enableHost")
def enable_host(call: Call, hostname: Any) -> None:
    edit_host(call, hostname, enabled=True)


@method("disableHost")
def disable_host(call: Call, hostname: Any) -> None:
    edit_host(call, hostname, enabled=False)


@method("getAllArches")
def get_all_arches(call: Call) -> list[str]:
    rows = call.db.rows("SELECT arches FROM host_info")
    return sorted({koji.canonArch(arch) for row in rows for arch in row["arches"].split()})


@method("listChannels")
def list_channels(
    call: Call, hostID: Any = None, event: int | None = None, enabled: bool | None = None
) -> list[Row]:
    del event
    host_id = None if hostID is None else hosts.get(call, hostID)["id"]
    rows = hosts.channels(call, host_id)
    return [row for row in rows if enabled is None or row["enabled"] == bool(enabled)]


@method("getChannel")
def get_channel(call: Call, channelInfo: Any, strict: bool = False) -> Row | None:
    found = names.lookup(call, "channels", channelInfo, strict=strict)
    return found and next(row for row in hosts.channels(call) if row["id"] == found["id"])


@method("addChannel")
def add_channel(call: Call, channel_name: str, description: str | None = None) -> int:
    call.session.assert_perm("admin")
    names.verify(channel_name)
    if names.find_id(call, "channels", channel_name) is not None:
        raise koji.GenericError(f"channel {channel_name} already exists")
    return call.db.insert("channels", name=channel_name, description=description)


@method("addHostToChannel")
def add_host_to_channel(
    call: Call, hostname: Any, channel_name: str, create: bool = False, force: bool = False
) -> None:
    del force
    call.session.assert_perm("host")
    find = names.ensure_id if create else names.get_id
    hosts.join(call, hosts.get(call, hostname), find(call, "channels", channel_name))


@method("removeHostFromChannel")
def remove_host_from_channel(call: Call, hostname: Any, channel_name: str) -> None:
    call.session.assert_perm("host")
    host = hosts.get(call, hostname)
    hosts.leave(call, host, names.get_id(call, "channels", channel_name))


def _set_channel(call: Call, name: Any, comment: str | None, *, enabled: bool) -> None:
    call.session.assert_perm("host")
    call.db.change(
        "UPDATE channels SET enabled = :enabled, comment = coalesce(:comment, comment)"
        " WHERE id = :id",
        enabled=enabled,
        comment=comment,
        id=names.get_id(call, "channels", name),
    )


@method("enableChannel")
def enable_channel(call: Call, channelname: Any, comment: str | None = None) -> None:
    _set_channel(call, channelname, comment, enabled=True)


@method("disableChannel")
def disable_channel(call: Call, channelname: Any, comment: str | None = None) -> None:
    _set_channel(call, channelname, comment, enabled=False)


@method("scheduler.getTaskRefusals")
def get_task_refusals(call: Call, clauses: Any = None, fields: Any = None) -> list[Row]:
    return query.pick(query.match(scheduler.refusals(call), clauses), fields)


@method("scheduler.getHostData")
def get_host_data(call: Call, hostID: int | None = None) -> list[Row]:
    return call.db.rows(
        "SELECT id AS host_id, data FROM host WHERE data IS NOT NULL"
        " AND (:id IS NULL OR id = :id) ORDER BY id",
        id=hostID,
    )

"""Populates a hub with a world through Koji's own API; what is there already stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.errors import Misconfigured
from koji_imagebuild.sandbox.world import MINIDIST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from koji_imagebuild.sandbox.state import State
    from koji_imagebuild.sandbox.world import World

UPLOADS = "cli-import/seed"


def seed(state: State, packages: Iterable[Path] = (), world: World = MINIDIST) -> None:
    """Populate the hub of a sandbox, which must be running.

    :param packages: RPM files that the build tag is to hold
    """
    session = koji.ClientSession(
        state.endpoints().server,
        {
            "cert": str(state.certs / "admin.pem"),
            "serverca": str(state.certs / "ca.pem"),
            "use_fast_upload": True,
        },
    )
    session.ssl_login()
    try:
        populate(session, world)
        import_packages(session, packages, world)
    finally:
        session.logout()
        session.rsession.close()


def populate(session: Any, world: World) -> None:
    """Make what is missing of a world. :param session: of an administrator"""
    _make_users(session, world)
    _make_host(session, world)
    _make_tags(session, world)
    _make_groups(session, world)
    _list_packages(session, world.dest_tag, world.packages, world.owner)


def _make_users(session: Any, world: World) -> None:
    for name, permissions in world.users.items():
        if session.getUser(name) is None:
            session.createUser(name)
        for permission in set(permissions) - set(session.getUserPerms(name)):
            session.grantPermission(name, permission, create=True)


def _make_host(session: Any, world: World) -> None:
    host = world.host
    if session.getHost(host.name) is not None:
        return
    session.addHost(host.name, [world.arch])
    session.editHost(host.name, capacity=host.capacity)
    for channel in host.channels:
        session.addHostToChannel(host.name, channel, create=True)


def _make_tags(session: Any, world: World) -> None:
    if session.getTag(world.build_tag) is None:
        session.createTag(world.build_tag, arches=world.arch, extra=dict(world.extra))
    if session.getTag(world.dest_tag) is None:
        session.createTag(world.dest_tag)
    if session.getBuildTarget(world.target) is None:
        session.createBuildTarget(world.target, world.build_tag, world.dest_tag)
    for priority, (name, url) in enumerate(world.external_repos.items(), start=1):
        if session.getExternalRepo(name) is None:
            session.createExternalRepo(name, url)
            session.addExternalRepoToTag(world.build_tag, name, priority * 5)


def _make_groups(session: Any, world: World) -> None:
    there = {group["name"] for group in session.getTagGroups(world.build_tag)}
    for group, packages in world.groups.items():
        if group not in there:
            session.groupListAdd(world.build_tag, group)
            for package in packages:
                session.groupPackageListAdd(world.build_tag, group, package)


def _list_packages(session: Any, tag: str, names: Iterable[str], owner: str) -> None:
    listed = {entry["package_name"] for entry in session.listPackages(tagID=tag)}
    for name in sorted(set(names) - listed):
        session.packageListAdd(tag, name, owner)


def import_packages(session: Any, packages: Iterable[Path], world: World) -> None:
    """Import RPM files as builds of their source packages, tagged into the build tag.

    :raises Misconfigured: when the hub has another RPM of the same name
    """
    builds = {path: _import(session, path) for path in packages}
    sources = {nvr: koji.parse_NVR(nvr)["name"] for nvr in builds.values()}
    _list_packages(session, world.build_tag, sources.values(), world.owner)
    tagged = {build["nvr"] for build in session.listTagged(world.build_tag)}
    for nvr in sorted(set(sources) - tagged):
        session.tagBuildBypass(world.build_tag, nvr)


def _import(session: Any, path: Path) -> str:
    """:returns: the N-V-R of the build that the RPM belongs to"""
    header = koji.get_rpm_header(str(path))
    rpm = koji.get_header_fields(
        header, ["name", "version", "release", "arch", "epoch", "sourcerpm"]
    )
    source = koji.parse_NVRA(rpm["sourcerpm"])
    nvr = "{name}-{version}-{release}".format(**source)
    known = session.getRPM({key: rpm[key] for key in ("name", "version", "release", "arch")})
    if known is None:
        if session.getBuild(nvr) is None:
            session.createEmptyBuild(
                source["name"], source["version"], source["release"], rpm["epoch"]
            )
        session.uploadWrapper(str(path), UPLOADS)
        session.importRPM(UPLOADS, path.name)
    elif known["payloadhash"] != koji.hex_string(koji.get_header_field(header, "sigmd5")):
        raise Misconfigured(
            f"the hub has another {path.name}, and Koji never replaces an RPM",
            repair="Begin anew with: koji-sandbox reset; or give the RPM another release",
        )
    return nvr

"""What a sandbox is populated with: users, a builder, tags, a target, groups, packages.

The names stand in tests and documents. seed.py puts them on a hub through Koji's API, so a real
Koji can be populated with the same world.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.minidist.build import GROUPS, MADE
from koji_imagebuild.sandbox.root import packages

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Host:
    """A builder. :param capacity: weight of the tasks it takes at a time; an arch task weighs 4."""

    name: str
    channels: tuple[str, ...]
    capacity: float


@dataclass(frozen=True)
class World:
    """One target and all that belongs to it.

    :param users: their permissions, by name
    :param owner: of the packages
    :param packages: images that may be imported: one per description and profile
    :param description: below kiwi-descriptions, named as the target; it has the profiles Container
        and Disk
    :param marker: what Disk writes to its console before the login prompt
    :param boot_seconds: how long that may take, without hardware virtualization
    :param groups: packages of the groups that build roots are filled from
    :param extra: options of the build tag
    :param external_repos: URLs of repositories that the build tag uses, by name
    :param host_repos: ids of the host's own dnf repositories that the build tag uses, the one that
        is asked first in front; none where packages are made and imported
    """

    users: Mapping[str, tuple[str, ...]]
    host: Host
    target: str
    build_tag: str
    dest_tag: str
    owner: str
    packages: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    description: str
    marker: str
    boot_seconds: float
    arch: str = field(default_factory=platform.machine)
    extra: Mapping[str, object] = field(default_factory=dict)
    external_repos: Mapping[str, str] = field(default_factory=dict)
    host_repos: tuple[str, ...] = ()


_USERS: Mapping[str, tuple[str, ...]] = {"releng": ("image",), "nobody": ()}
_HOST = Host("builder", channels=("image", "createrepo"), capacity=10.0)
_EXTRA = {
    # disk images need the loop devices of the machine, which mock's nspawn hides
    "mock.new_chroot": 0,
    # the machine's dnf fills build roots; of what mock would bootstrap with, minidist has nothing
    "mock.use_bootstrap": 0,
}

MINIDIST = World(
    users=_USERS,
    host=_HOST,
    target="minidist",
    build_tag="minidist-build",
    dest_tag="minidist-candidate",
    owner="releng",
    packages=(
        "minidist",
        "minidist-Container",
        "minidist-Disk",
        "minidist-Live",
        "minidist-Minimal",
        "minidist-Raw",
        "minidist-WSL",
        "tiny",
        "tiny-eln",
    ),
    groups=GROUPS,
    description="minidist/minidist.kiwi",
    marker="MINIDIST-BOOT-OK",
    boot_seconds=120.0,
    extra=_EXTRA,
)

FEDORA = World(
    users=_USERS,
    host=_HOST,
    target="fedora",
    build_tag="fedora-build",
    dest_tag="fedora-candidate",
    owner="releng",
    packages=("fedora", "fedora-Container", "fedora-Disk"),
    groups=packages.BUILT_IN,
    description="fedora/fedora.kiwi",
    marker="FEDORA-BOOT-OK",
    boot_seconds=600.0,
    extra=_EXTRA,
    # mergerepo_c --koji keeps of a source package what the first repository has of it
    host_repos=("updates", "fedora"),
)


def of_host(os_release: Path = Path("/etc/os-release")) -> World:
    """Choose the world that this machine can have; a minidist made elsewhere serves any machine."""
    fedora = "ID=fedora" in os_release.read_text().splitlines()
    return FEDORA if fedora and MADE not in os.environ else MINIDIST

"""What a sandbox is populated with: users, a builder, tags, a target, groups, packages. Data only.

The names stand in tests and documents. seed.py puts them on a hub through Koji's API, so a real
Koji can be populated with the same world.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.minidist.build import GROUPS

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
    :param groups: packages of the groups that build roots are filled from
    :param extra: options of the build tag
    :param external_repos: URLs of repositories that the build tag uses, by name
    """

    users: Mapping[str, tuple[str, ...]]
    host: Host
    target: str
    build_tag: str
    dest_tag: str
    owner: str
    packages: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    arch: str = field(default_factory=platform.machine)
    extra: Mapping[str, object] = field(default_factory=dict)
    external_repos: Mapping[str, str] = field(default_factory=dict)


MINIDIST = World(
    users={"releng": ("image",), "nobody": ()},
    host=Host("builder", channels=("image", "createrepo"), capacity=10.0),
    target="minidist",
    build_tag="minidist-build",
    dest_tag="minidist-candidate",
    owner="releng",
    packages=(
        "minidist",
        "minidist-Container",
        "minidist-Disk",
        "minidist-Live",
        "minidist-WSL",
        "tiny",
        "tiny-eln",
    ),
    groups=GROUPS,
    # disk images need the loop devices of the machine, which mock's nspawn hides
    extra={"mock.new_chroot": 0},
)

"""Which packages a build root is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koji_imagebuild.errors import Infrastructure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from koji_imagebuild.sandbox.root.metadata import Metadata

#: What the groups hold where they exist: Fedora's comps has neither of them. dnf finds a group's
#: packages by name only, not by what they provide. dnf comes with kiwi-systemdeps-core (Fedora's
#: kiwi.spec:68-77), osbuild's subpackages with image-builder (image-builder.spec:230-234).
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "kiwi-build": (
        "bash", "coreutils", "distribution-gpg-keys", "kiwi-cli",
        "kiwi-systemdeps-containers", "kiwi-systemdeps-disk-images", "kiwi-systemdeps-iso-media",
        "kiwi-systemdeps-filesystems", "make", "util-linux",
    ),
    "image-builder-build": (
        "bash", "coreutils", "distribution-gpg-keys", "image-builder", "osbuild", "util-linux",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What dnf is asked to install, and one line saying where the list comes from."""

    packages: tuple[str, ...]
    origin: str


def choose(group: str, repos: Iterable[Metadata]) -> Choice:
    """Take the comps group; where no repository has it, our own list of what the tools need.

    Koji writes a tag's groups into the comps of its repository, so a group on the hub comes first.

    :raises Infrastructure: when neither knows the group
    """
    for repo in repos:
        if group in repo.groups:
            return Choice((f"@{group}",), f"group {group} of {repo.url}")
    if group in BUILT_IN:
        names = BUILT_IN[group]
        return Choice(names, f"no repository has a group {group}; instead: {' '.join(names)}")
    raise Infrastructure(
        f"no repository has a group {group}",
        repair=f"koji add-group TAG {group}; koji add-group-pkg TAG {group} PACKAGE...",
    )

"""What parents and arches both ask the hub, as values."""

from __future__ import annotations

from typing import Any

import koji

from koji_imagebuild.model.target import BuildTag, Target


def build_tag(session: Any, target: Target) -> BuildTag:
    """A target's build tag.

    :raises koji.GenericError: when there is none
    """
    config = session.getBuildConfig(target.build_tag)
    if not config:
        raise koji.GenericError(f"Target {target.name} has no build tag {target.build_tag_name}")
    arches = (koji.canonArch(arch) for arch in (config["arches"] or "").split())
    return BuildTag(
        id=config["id"],
        name=config["name"],
        arches=tuple(dict.fromkeys(arches)),
        host_devices=not config["extra"].get("mock.new_chroot", True),
    )


class FileTypes:
    """The hub's archive types, asked once a suffix."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._known: dict[str, bool] = {}

    def knows(self, file_name: str) -> bool:
        # The hub looks for the longest suffix, so names that differ in their stem only are alike.
        if file_name not in self._known:
            self._known[file_name] = bool(self._session.getArchiveType(filename=file_name))
        return self._known[file_name]

"""What stands for a Koji where there is none: a target, a repository, a hub, a fleet of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.model.rpms import RpmList
from koji_imagebuild.model.target import BuildTag, RepoInfo, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.rpms import Rpm

#: What documents and messages name where a Koji would have a target, a tag or a host.
HERE: Final = "here"
TARGET: Final = Target(HERE, 0, HERE, 0, HERE)
REPO: Final = RepoInfo(0, 0, HERE)


class NoHub:
    """Nobody to ask: nothing is refused, and no RPM is looked up."""

    def __init__(self, arch: str) -> None:
        self._arch = arch

    def build_tag(self, target: Target) -> BuildTag:
        return BuildTag(0, target.build_tag_name, (self._arch,), host_devices=True)

    def knows_file_type(self, file_name: str) -> bool:  # noqa: ARG002  # the port's
        return True

    def resolve(self, rpms: Sequence[Rpm]) -> RpmList:
        return RpmList(not_looked_up=tuple(rpms))


class Alone:
    """The only builder there is."""

    host = HERE
    moves = 0

    def elsewhere(self) -> bool:
        return False

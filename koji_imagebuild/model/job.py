"""One arch of one image build: what a builder is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Generic

from koji_imagebuild.model.request import BuildOptions, ToolT_co

if TYPE_CHECKING:
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.repo import Repo
    from koji_imagebuild.model.target import RepoInfo, Target


RepoAddress = Callable[["RepoInfo", str], "Repo"]


@dataclass(frozen=True)
class ArchJob(Generic[ToolT_co]):
    """What one arch task builds; its source is pinned, so every arch builds the same commit.

    :param arch: as Koji spells it
    :param tool: the tool, bound to the pinned source and its options
    :param host_devices: whether build roots of the tag see the machine's devices
    :param buildroot_repo: the build tag's repository for this arch, as this builder reaches it
    """

    nvr: NVR
    arch: str
    target: Target
    repo: RepoInfo
    tool: ToolT_co
    options: BuildOptions
    buildroot_repo: Repo
    host_devices: bool = False

    def repos(self, releasever: str | None) -> tuple[Repo, ...]:
        """The image's repositories in the order they were given, variables replaced."""
        asked = tuple(repo.expanded(self.arch, releasever) for repo in self.options.repos)
        return (*asked, self.buildroot_repo) if self.options.with_buildroot_repo else asked

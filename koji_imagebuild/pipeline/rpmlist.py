"""Which of an image's RPMs Koji can name, and what happens when it cannot name them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.errors import OutputRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.model.rpms import Rpm, RpmList
    from koji_imagebuild.pipeline.ports import ArchHub

_SHOWN = 10


def resolve(hub: ArchHub, rpms: Sequence[Rpm], options: BuildOptions) -> RpmList:
    """Look the image's RPMs up; a scratch build may hold what Koji does not know.

    :raises OutputRefused: naming what a real build may not hold
    """
    found = hub.resolve(rpms)
    if not found.unknown or options.scratch or options.allow_unknown_rpms:
        return found
    lines = [f"{rpm.nvra}  sigmd5 {rpm.sigmd5 or 'none'}" for rpm in found.unknown[:_SHOWN]]
    if len(found.unknown) > _SHOWN:
        lines.append(f"and {len(found.unknown) - _SHOWN} more")
    raise OutputRefused(
        f"{len(found.unknown)} of {len(rpms)} RPMs in the image are not known to Koji,"
        " neither built by it nor in an external repository of the build tag",
        lines=lines,
        repair="Build from the tag's own repository, add the repository to the build tag"
        " (koji add-external-repo), or make a scratch build",
    )

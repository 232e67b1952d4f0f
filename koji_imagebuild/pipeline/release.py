"""The release of a build: given, or the hub's next one, which only the hub can give atomically."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.model.nvr import NVR

if TYPE_CHECKING:
    from koji_imagebuild.pipeline.ports import Build, ParentHub
    from koji_imagebuild.pipeline.resolve import Earlier, Settled


def open_build(settled: Settled, earlier: Earlier, hub: ParentHub) -> Build:
    """The build of this task: the one an earlier run opened, or a new one."""
    if earlier.build is not None:
        return earlier.build
    if settled.release is None:
        _check_next(settled, hub)
    return hub.open_build(settled.name, settled.version, settled.release, settled.tool.location.url)


def scratch(settled: Settled, earlier: Earlier, hub: ParentHub) -> NVR:
    """A scratch build takes a number too, but nobody else has to respect it."""
    if earlier.nvr is not None:
        return earlier.nvr
    release = settled.release
    if release is None:
        try:
            release = hub.next_release(settled.name, settled.version)
        except koji.BuildError:
            release = "1"
    return NVR(settled.name, settled.version, release)


def _check_next(settled: Settled, hub: ParentHub) -> None:
    """The hub counts on from 1, 1.fc43 and 1.x.1, but not from RC1 or 43_Beta."""
    try:
        hub.next_release(settled.name, settled.version)
    except koji.BuildError:
        last = hub.last_release(settled.name, settled.version)
        raise PreflightError(
            f"The hub cannot count on from release {last} of {settled.name}-{settled.version}",
            repair=f"Give --release; the last was {last}",
        ) from None

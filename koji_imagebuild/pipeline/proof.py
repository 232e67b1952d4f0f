"""Proving that an import will not be refused.

A failed import destroys what the arches made: the hub moves files one by one, its database rolls
back, and the next build of that name clears the folder. So everything that
``kojihub.importImageInternal`` refuses is looked for before it is asked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.pipeline import verify
from koji_imagebuild.pipeline.wait import older_plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.ports import ParentHub


def prove(results: Sequence[ArchResult], hub: ParentHub) -> None:
    """Look at all arches together.

    :raises OutputRefused: naming what the hub would refuse
    """
    for result in results:
        if not result.files:
            raise OutputRefused(f"{result.arch} (task {result.task_id}) brought no files")
        missing = hub.missing_files(result.task_id, result.files)
        if missing:
            raise OutputRefused(
                f"The hub lost {', '.join(missing)} of {result.arch} (task {result.task_id})"
            )
        verify.check_file_types(result.files, result.arch, hub.knows_file_type)
    _unique(results)
    rpms = [rpm for result in results for rpm in result.rpmlist]
    unknown = hub.unknown_rpms(rpms)
    if unknown:
        raise OutputRefused(f"Koji does not know these RPMs of the images: {', '.join(unknown)}")


def prove_new_enough(results: Sequence[ArchResult], *, needed: bool) -> None:
    """Refuse what a builder with Koji's own plugin cannot have built.

    :param needed: whether the request asked for something that plugin does not know
    """
    for result in results:
        if needed and older_plugin(result):
            raise OutputRefused(
                f"{result.arch} was built by an older plugin on {result.host}",
                repair="Update koji-imagebuild there, or take it out of the channel",
            )


def _unique(results: Sequence[ArchResult]) -> None:
    counts = Counter(name for result in results for name in result.files)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise OutputRefused(
            f"Two arches brought a file called {', '.join(twice)}",
            repair="Give a bundle format with %A",
        )

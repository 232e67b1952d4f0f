"""What the hub can say before a builder is busy: will the result be importable and taggable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.pipeline import verify

if TYPE_CHECKING:
    from koji_imagebuild.pipeline.ports import ParentHub
    from koji_imagebuild.pipeline.resolve import Settled


def check(settled: Settled, hub: ParentHub) -> None:
    """Refuse what could only fail later.

    :raises PreflightError: with the command that repairs it
    :raises koji_imagebuild.errors.OutputRefused: for a file type the hub does not know
    """
    tag, group = settled.tag, settled.tool.install_group
    if group not in hub.groups(tag, settled.repo.event):
        raise PreflightError(
            f"Build tag {tag.name} has no group {group}, so build roots would have no tool",
            repair=f"koji add-group {tag.name} {group};"
            f" koji add-group-pkg {tag.name} {group} PACKAGE...",
        )
    if settled.options.scratch:
        return
    if not settled.options.skip_tag:
        refusal = hub.why_not_tagged(settled.target, settled.name)
        if refusal is not None:
            raise refusal
    verify.check_file_types(settled.file_names, settled.arches[0], hub.knows_file_type)

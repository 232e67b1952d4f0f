"""Container images that the builder puts into the build root, which reaches no registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.tools import contained
from koji_imagebuild.tools.base import Command

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.job import ArchJob

# Where they come from was settled outside, with the builder's own policy. An archive is not needed
# any more once it is in the storage, and images are large.
_LOAD = (
    "command -v skopeo >/dev/null || {"
    ' echo "error: the build root has no skopeo: add it to the group of the tool"; exit 1; };'
    ' skopeo --insecure-policy copy --quiet -- "oci-archive:$1:$2" "containers-storage:$2"'
    ' && rm -- "$1"'
)


def containers(job: ArchJob[Any]) -> tuple[Container, ...]:
    """Those that were asked for, and those that the tool's own options name."""
    return tuple(dict.fromkeys((*job.options.containers, *job.tool.containers)))


def folder(work: PurePosixPath) -> PurePosixPath:
    """Where their archives lie before the tool starts.

    :param work: the job's folder in the build root
    """
    return work / "containers"


def archive(work: PurePosixPath, number: int) -> PurePosixPath:
    """The OCI archive of one of :func:`containers`, counted from 0."""
    return folder(work) / f"{number}.tar"


def repository(work: PurePosixPath) -> PurePosixPath:
    """An OSTree repository with the tool's commit, where the builder fetched it."""
    return work / "ostree"


def into_storage(job: ArchJob[Any], work: PurePosixPath) -> tuple[Command, ...]:
    """Make them images of the build root's podman and skopeo, called as they are in the registry.

    In there, because layers are unpacked.
    """
    return tuple(
        Command(
            step="load containers",
            argv=(
                *contained.argv(work),
                *("/bin/sh", "-c", _LOAD, "-"),
                str(archive(work, number)),
                container.local,
            ),
            log=f"07-load-container-{number}.log",
        )
        for number, container in enumerate(containers(job))
    )

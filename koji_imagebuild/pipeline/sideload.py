"""Container images for build roots: pinned by the parent, fetched by each arch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from koji_imagebuild.tools import side_loaded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from koji_imagebuild.model.container import Container, Fetched
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.ostree import OSTreeFetched, OSTreeSource
    from koji_imagebuild.model.request import BuildOptions
    from koji_imagebuild.pipeline.resolve import Settled
    from koji_imagebuild.tools.base import Tool
    from koji_imagebuild.tools.layout import Layout


class Containers(Protocol):
    """Fetches container images: build roots do not reach registries."""

    def pin(self, container: Container, arches: tuple[str, ...]) -> Container:
        """Fix a reference to the digest it has now; all of the arches are there.

        :raises koji_imagebuild.errors.RequestError: when there is no such image
        :raises koji_imagebuild.errors.Infrastructure: when another try may succeed
        """
        ...

    def fetch(self, container: Container, arch: str, into: Path) -> Fetched:
        """Write the image of one arch into a new OCI archive, nothing of it unpacked.

        :param container: pinned
        :raises: as :meth:`pin`
        """
        ...


class Commits(Protocol):
    """Fetches OSTree commits."""

    def mirror(self, source: OSTreeSource, into: Path) -> OSTreeFetched:
        """Make a new repository that has the commit.

        :raises koji_imagebuild.errors.RequestError: when there is no such commit
        :raises koji_imagebuild.errors.Infrastructure: when another try may succeed
        """
        ...


def pin(
    tool: Tool[Any],
    options: BuildOptions,
    arches: Iterable[str],
    registries: Containers,
    earlier: Iterable[ArchJob[Any] | None] = (),
) -> tuple[Tool[Any], BuildOptions]:
    """Fix every container to a digest, so that all arches build from the same.

    :param earlier: jobs of an earlier run of the same task, or of the task that is built again
    :raises RequestError: for one that is not there, or not for an arch that has to succeed
    """
    known = [found for job in earlier if job for found in side_loaded.containers(job)]
    needed = tuple(arch for arch in arches if arch not in options.optional_arches)
    pins: dict[Container, Container] = {}
    for asked in (*options.containers, *tool.containers):
        if asked not in pins:
            again = next((one for one in known if one.is_pin_of(asked)), None)
            pins[asked] = again or registries.pin(asked, needed)
    return (
        tool.with_containers(tuple(pins[asked] for asked in tool.containers)),
        replace(options, containers=tuple(pins[asked] for asked in options.containers)),
    )


def options(settled: Settled, tool: Tool[Any]) -> BuildOptions:
    """An arch task's options.

    :param tool: the arch task's; of a rebuild it may be another, which then knows nothing of the
        containers that the first one's options name
    """
    if tool.name == settled.tool.name:
        return settled.options
    both = (*settled.options.containers, *settled.tool.containers)
    return replace(settled.options, containers=tuple(dict.fromkeys(both)))


def fetch(job: ArchJob[Any], layout: Layout, registries: Containers) -> tuple[Fetched, ...]:
    """Put the archives into the build root, where tools look for them."""
    wanted = side_loaded.containers(job)
    if wanted:
        layout.on_builder(side_loaded.folder(layout.work)).mkdir()
    return tuple(
        registries.fetch(
            container, job.arch, layout.on_builder(side_loaded.archive(layout.work, number))
        )
        for number, container in enumerate(wanted)
    )

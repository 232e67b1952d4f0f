"""What a task of a Koji built, built again on this machine; the hub is only read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.adapters import kept_files
from koji_imagebuild.adapters.ledger import KojiLedger
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.adapters.stock import KojiStock
from koji_imagebuild.cli.tools import TOOLS
from koji_imagebuild.errors import DescriptionError, Infrastructure, PreflightError, RequestError
from koji_imagebuild.here import build
from koji_imagebuild.here.sources import HereSources
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.pipeline.ports import Checkout
from koji_imagebuild.pipeline.rebuild import asked, kept
from koji_imagebuild.pipeline.rebuild import origin as origins
from koji_imagebuild.pipeline.rebuild.record import Record, compare
from koji_imagebuild.sandbox.root import metadata
from koji_imagebuild.tools import side_loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.here.rebuild_arguments import HereRebuild
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.pipeline.rebuild.origin import OldArch
    from koji_imagebuild.pipeline.rebuild.record import Comparison
    from koji_imagebuild.tools.base import Download

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Koji:
    """A hub that is read.

    :param session: ``koji.ClientSession``; it need not be logged in
    :param top: ``topurl``, or ``topdir`` where there is none
    """

    session: Any
    top: str

    @property
    def shelf(self) -> KojiShelf:
        return KojiShelf(self.top)

    def address(self, job: ArchJob[Any]) -> Repo:
        """Where the job's repository is, for its arch."""
        folder = koji.PathInfo(topdir=self.top).repo(job.repo.id, job.repo.tag_name)
        return Repo(f"{folder}/{koji.canonArch(job.arch)}")


@dataclass(frozen=True)
class Place:
    """Where it is built.

    :param folder: the build's own
    :param shared: what builds share
    """

    folder: Path
    shared: Path
    progress: Progress


@dataclass(frozen=True)
class Origin:
    """An arch task, and its job as this machine would do it."""

    old: OldArch
    job: ArchJob[Any]


def origin(options: HereRebuild, hub: Koji) -> Origin:
    """Find what is built again.

    :raises RequestError: when nothing of it can be read any more
    """
    ledger = KojiLedger(hub.session)
    number = options.origin
    if not number.isdecimal():
        number = str(asked.task_of(number, ledger.build(number)))
    found = origins.read(ledger, int(number))
    old = found.arches.get(options.arch)
    if old is None or old.job is None:
        known = ", ".join(arch for arch, one in found.arches.items() if one.job) or "none"
        raise RequestError(
            f"Task {number} has nothing to read for {options.arch}; it has {known}",
        )
    return Origin(old, _here(old, old.job, options, hub))


def _here(old: OldArch, job: ArchJob[Any], options: HereRebuild, hub: Koji) -> ArchJob[Any]:
    left = kept.kept(options.arch, old, hub.shelf)
    tool = job.tool if left is None else kept.tool_for(left, job.tool)
    containers = job.options.containers
    if tool.name != job.tool.name:
        containers = side_loaded.containers(job)
    return replace(
        job,
        tool=tool,
        # No hub gets to know of what comes out.
        options=replace(job.options, scratch=True, containers=containers, rebuild=None),
        buildroot_repo=Repo(options.repo) if options.repo else hub.address(job),
        host_devices=True,
    )


def rebuild_here(found: Origin, hub: Koji, options: HereRebuild, place: Place) -> build.Built:
    """Build it again, and compare.

    :raises Told: as :func:`build.build_job`
    """
    job = found.job
    if not options.repo and not options.root_repos:
        _check_repository(job)
    sources = _KojisSources(place.folder, place.progress, hub)
    step = TOOLS[job.tool.name].step
    workshop = build.Workshop(place.folder, place.shared, sources, place.progress, step)
    roots = options.root_repos or (job.buildroot_repo.url,)
    built = build.build_job(job, workshop, roots, options.output)
    return replace(built, comparison=_compared(found.old, built, hub))


def _check_repository(job: ArchJob[Any]) -> None:
    """:raises PreflightError: when the hub has removed it, as it does after days or weeks"""
    try:
        metadata.read(job.buildroot_repo.url)
    except Infrastructure as problem:
        raise PreflightError(
            f"Repository {job.repo.id} of {job.repo.tag_name} cannot be read",
            lines=[problem.what],
            repair="Give --repo URL, of a repository with the packages of then",
        ) from None


def _compared(old: OldArch, built: build.Built, hub: Koji) -> Comparison | None:
    """None where the first build left nothing to compare with."""
    nvr, arch = built.result.nvr, built.result.arch
    before = kept.record(old.task_id, nvr, arch, hub.shelf)
    now = Record.read((built.folder / f"{nvr}.{arch}.image-build.json").read_bytes())
    if before is None or now is None or before.failed:
        return None
    return compare(old.task_id, before, now)


class _KojisSources(HereSources):
    """Also what only a Koji has: uploads, and files of earlier builds."""

    def __init__(self, workdir: Path, progress: Progress, hub: Koji) -> None:
        super().__init__(workdir, progress)
        self._hub = hub

    def fetch(self, location: Location, into: Path) -> Checkout:
        if location.archives:
            into.mkdir(parents=True, exist_ok=True)
            kept_files.fetch(location.archives, self._hub.shelf, into)
            return Checkout(into, location)
        if location.upload and not self._archive.exists():
            self._download(location)
        return super().fetch(location, into)

    def stock(self, downloads: Sequence[Download], root: Path) -> Iterator[tuple[Download, str]]:
        return KojiStock(self._hub.session, self._hub.shelf).lay_out(downloads, root)

    def _download(self, location: Location) -> None:
        opened = self._hub.shelf.read(f"{koji.PathInfo(topdir='').work()}/{location.upload}")
        if opened is None:
            raise DescriptionError(
                "The uploaded folder is gone: Koji does not keep uploads for long",
                repair="Build it with: koji image-build-local TOOL --here FOLDER --repo URL",
            )
        digest = hashlib.sha256()
        with opened as stream, self._archive.open("wb") as copy:
            while block := stream.read(_BLOCK):
                digest.update(block)
                copy.write(block)
        if digest.hexdigest() != location.sha256:
            raise DescriptionError("The uploaded folder is not the one that was built: it differs")

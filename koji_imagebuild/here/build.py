"""One image, from a request or a job to files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koji_imagebuild.adapters import configuration
from koji_imagebuild.adapters.containers import SkopeoContainers
from koji_imagebuild.adapters.evidence import FailureEvidence
from koji_imagebuild.adapters.ostree import OSTreeRepositories
from koji_imagebuild.adapters.registrations import RegistrationFiles
from koji_imagebuild.errors import Failed, Told
from koji_imagebuild.here import koji_less
from koji_imagebuild.here.output import OutputDesk, taken
from koji_imagebuild.here.roots import HereRoots
from koji_imagebuild.here.roots import Site as RootSite
from koji_imagebuild.model import names
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.pipeline import retry, sideload
from koji_imagebuild.pipeline.arch import Site
from koji_imagebuild.sandbox.root import metadata, packages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.cli.tool_command import Step
    from koji_imagebuild.here.output import Output
    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.here.sources import HereSources
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.doors import Request
    from koji_imagebuild.pipeline.rebuild.record import Comparison

#: Of a build that nobody gave a release: no hub counts here.
FIRST_RELEASE = "1"


@dataclass(frozen=True)
class Workshop:
    """What a build on this machine works with.

    :param folder: the build's own; it goes with the build
    :param shared: what builds share
    :param step: reads the tool's progress out of its log
    """

    folder: Path
    shared: Path
    sources: HereSources
    progress: Progress
    step: Step


@dataclass(frozen=True)
class Built:
    """An image that was made.

    :param folder: where its files are
    :param comparison: with what it was before, of an image that is built again
    """

    result: ArchResult
    folder: Path
    comparison: Comparison | None = None


def build_here(
    request: Request,
    workshop: Workshop,
    root_repos: Sequence[str],
    output: Path | None = None,
) -> Built:
    """Build what a request asks for, for its one arch.

    :param root_repos: base addresses of the build root's packages
    :param output: a folder for the files; N-V-R by default
    :raises Told: in every failure that is not a mistake of ours
    """
    (arch,) = request.arches
    tool = request.tool
    tool.check_arches((arch,))
    try:
        checkout = workshop.sources.fetch(tool.location, workshop.folder / "source")
    except Told as problem:
        # Its log goes with the build, before there is a folder for logs.
        raise type(problem)(problem.what, lines=problem.lines, repair=problem.repair) from problem
    tool = tool.pinned(checkout.location)
    identity = tool.identify(checkout.folder, arch)
    registries = SkopeoContainers(configuration.builder(), workshop.folder)
    tool, options = sideload.pin(tool, request.options, (arch,), registries)
    job = ArchJob(
        nvr=NVR(
            names.package_name(options.name or identity.name, "the build's name"),
            names.version(identity.version, "the build's version"),
            options.release or FIRST_RELEASE,
        ),
        arch=arch,
        target=koji_less.TARGET,
        repo=koji_less.REPO,
        tool=tool,
        options=options,
        buildroot_repo=Repo(root_repos[0]),
        host_devices=True,
    )
    return build_job(job, workshop, root_repos, output)


def build_job(
    job: ArchJob[Any],
    workshop: Workshop,
    root_repos: Sequence[str],
    output: Path | None = None,
) -> Built:
    """Build what an arch task would build.

    :raises Told: as :func:`build_here`; its log is a path then
    """
    progress = workshop.progress
    progress.begin("look at the repositories")
    known = [metadata.read(url) for url in root_repos]
    chosen = packages.choose(job.tool.install_group, known)
    folder = output or Path(str(job.nvr))
    with taken(folder) as files:
        progress.note(f"{job.nvr}  {job.arch}  into {folder}")
        progress.note(f"build root: {chosen.origin}")
        try:
            result = _build(job, workshop, tuple(root_repos), files)
        except Told as problem:
            raise _placed(problem, folder) from problem
        finally:
            progress.close()
    return Built(result, folder)


def _build(
    job: ArchJob[Any], workshop: Workshop, root_repos: tuple[str, ...], files: Output
) -> ArchResult:
    work = workshop.folder / "work"
    work.mkdir()
    desk = OutputDesk(work, files, workshop.progress)
    settings = configuration.builder()
    place = RootSite(
        workshop.folder, workshop.shared, root_repos, desk, workshop.progress, workshop.step
    )
    site = Site(
        desk=desk,
        sources=workshop.sources,
        containers=SkopeoContainers(settings, work),
        roots=HereRoots(place),
        hub=koji_less.NoHub(job.arch),
        fleet=koji_less.Alone(),
        evidence=FailureEvidence(work),
        arch_timeout=settings.arch_timeout,
        registrations=RegistrationFiles(settings),
        commits=OSTreeRepositories(settings) if settings.network == "builder" else None,
    )
    if workshop.sources.log.exists():
        desk.upload(workshop.sources.log, workshop.sources.log.name)
    result = retry.build(job, site, settings.infra_retries)
    files.finish(result.sums)
    return result


def _placed(problem: Told, folder: Path) -> Told:
    """The same, with log and traceback where the user finds them."""
    log = folder / problem.log if problem.log and (folder / problem.log).exists() else folder
    repair = problem.repair
    if isinstance(problem, Failed) and isinstance(problem.__cause__, OSError):
        repair = "koji --debug shows the traceback"
    return type(problem)(problem.what, lines=problem.lines, repair=repair, log=str(log))

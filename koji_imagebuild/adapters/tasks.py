"""What the builder plugin's handlers do: put the adapters together and start a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import koji.tasks

from koji_imagebuild.adapters import configuration, sweep
from koji_imagebuild.adapters.arch_hub import KojidArchHub
from koji_imagebuild.adapters.buildroot import KojidRoots
from koji_imagebuild.adapters.children import KojidChildren
from koji_imagebuild.adapters.containers import SkopeoContainers
from koji_imagebuild.adapters.evidence import FailureEvidence
from koji_imagebuild.adapters.fleet import KojidFleet
from koji_imagebuild.adapters.kojid_task import TaskDesk, end_with_kojid
from koji_imagebuild.adapters.ledger import KojiLedger
from koji_imagebuild.adapters.ostree import OSTreeRepositories
from koji_imagebuild.adapters.parent_hub import KojidParentHub
from koji_imagebuild.adapters.registrations import RegistrationFiles
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.adapters.sources import KojidSources
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.pipeline import doors, parent, retry
from koji_imagebuild.pipeline.arch import Site
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from koji_imagebuild.model.target import RepoInfo


def run_parent(task: Any, arguments: list[object]) -> str:
    """Run a parent task.

    :param task: the running ``koji.tasks.BaseTaskHandler``
    """
    end_with_kojid()
    request = doors.read(task.method, arguments)
    target = task.session.getBuildTarget(request.target) or {}
    office = parent.Office(
        desk=TaskDesk(task),
        hub=KojidParentHub(task),
        children=KojidChildren(task),
        sources=KojidSources(task, target.get("build_tag_name"), scratch=request.options.scratch),
        ledger=KojiLedger(task.session),
        shelf=KojiShelf(task.options.topurl or task.options.topdir),
        containers=SkopeoContainers(configuration.builder(), TaskDesk(task).workdir),
        strict=doors.needs_this_plugin(task.method, request),
    )
    return parent.build(request, office)


def run_arch(task: Any, arguments: list[object], buildroot: Any) -> dict[str, object]:
    """Run an arch task.

    :param buildroot: kojid's ``BuildRoot``
    """
    end_with_kojid()
    settings = configuration.builder()
    job = registry.arch_task(task.method).read(arguments, _Address(task.options))
    roots = KojidRoots(buildroot, task)
    site = Site(
        desk=TaskDesk(task),
        sources=KojidSources(task, job.target.build_tag_name, scratch=job.options.scratch),
        containers=SkopeoContainers(settings, TaskDesk(task).workdir),
        roots=roots,
        hub=KojidArchHub(task.session, roots.origins),
        fleet=KojidFleet(task, job.arch),
        evidence=FailureEvidence(TaskDesk(task).workdir),
        arch_timeout=settings.arch_timeout,
        registrations=RegistrationFiles(settings),
        commits=OSTreeRepositories(settings) if settings.network == "builder" else None,
    )
    released = sweep.of_ended_tasks(task.session, task.options.mockdir, task.id)
    if released:
        site.desk.say(f"released what an ended task left: {', '.join(released)}")
    try:
        return retry.build(job, site, settings.infra_retries).to_wire()
    except retry.Elsewhere as problem:
        raise koji.tasks.RefuseTask(str(problem)) from problem


class _Address:
    """Where this builder reaches a tag's repository."""

    def __init__(self, options: Any) -> None:
        self._paths = koji.PathInfo(topdir=options.topurl)

    def __call__(self, repo: RepoInfo, arch: str) -> Repo:
        folder = self._paths.repo(repo.id, repo.tag_name)
        return Repo(f"{folder}/{koji.canonArch(arch)}")

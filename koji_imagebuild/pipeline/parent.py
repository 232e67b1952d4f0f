"""The parent of a build, once for every call it can come through.

Every step may run twice: kojid frees stale tasks and runs them again, so each step first looks for
what an earlier run of the same task left on the hub.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from shutil import disk_usage
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.pipeline import (
    documents,
    preflight,
    proof,
    release,
    resolve,
    sideload,
    summary,
    trouble,
    wait,
)
from koji_imagebuild.pipeline.rebuild import course as rebuilding
from koji_imagebuild.pipeline.rebuild.origin import IMPORT_STARTED
from koji_imagebuild.pipeline.rebuild.origin import read as read_origin
from koji_imagebuild.pipeline.wait import Outcome

if TYPE_CHECKING:
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.model.target import Target
    from koji_imagebuild.pipeline.doors import Request
    from koji_imagebuild.pipeline.ports import Build, Children, Desk, ParentHub, Sources
    from koji_imagebuild.pipeline.rebuild.course import Course
    from koji_imagebuild.pipeline.rebuild.kept import Shelf
    from koji_imagebuild.pipeline.rebuild.origin import Ledger, Origin
    from koji_imagebuild.pipeline.resolve import Earlier, Settled
    from koji_imagebuild.pipeline.sideload import Containers

SUMMARY = "summary.log"


@dataclass(frozen=True)
class Office:
    """Where a parent task runs.

    :param ledger: knows earlier tasks
    :param shelf: has their files
    :param strict: results of builders with Koji's own plugin are refused
    """

    desk: Desk
    hub: ParentHub
    children: Children
    sources: Sources
    containers: Containers
    ledger: Ledger
    shelf: Shelf
    strict: bool


def build(request: Request, office: Office) -> str:
    """Build an image on all its arches and hand it over to Koji.

    :returns: where the result lies, as Koji's own image tasks say it
    :raises koji.GenericError: when there is nothing to hand over; the build is FAILED then
    """
    try:
        return _build(request, office)
    except OSError as problem:
        # requests' own errors are of this kind too.
        raise trouble.explain(problem, disk_usage(office.desk.workdir).free) from problem


def _build(request: Request, office: Office) -> str:
    earlier = resolve.Earlier.look(request.tool, office.hub, office.children)
    if earlier.build is not None and earlier.build.complete:
        # The logs of this task are links into the build now, and nothing can be written over them.
        return _finish(earlier.build, office.hub.target(request.target), request, office)
    origin = _origin(request, office)
    settled = resolve.settle(request, earlier, office.hub, office.sources, office.desk, origin)
    settled.tool.check_arches(settled.arches)
    if earlier.build is None:
        preflight.check(settled, office.hub)
    settled = _pinned(settled, earlier, origin, office)
    course = _course(settled, origin, earlier, office)
    if course is not None:
        settled = _planned(settled, course)
    if settled.options.scratch:
        return _scratch(settled, course, earlier, office)
    opened = release.open_build(settled, earlier, office.hub)
    try:
        _complete(opened, settled, course, office)
    except Exception:
        # A cancel or a shutdown is no Exception: the hub, or the next run, decides then.
        _fail(opened, office)
        raise
    return _finish(opened, settled.target, request, office)


def _origin(request: Request, office: Office) -> Origin | None:
    rebuild = request.options.rebuild
    return None if rebuild is None else read_origin(office.ledger, rebuild.task)


def _pinned(settled: Settled, earlier: Earlier, origin: Origin | None, office: Office) -> Settled:
    old = () if origin is None else tuple(arch.job for arch in origin.arches.values())
    tool, options = sideload.pin(
        settled.tool, settled.options, settled.arches, office.containers, (earlier.job, *old)
    )
    return replace(settled, tool=tool, options=options)


def _course(
    settled: Settled, origin: Origin | None, earlier: Earlier, office: Office
) -> Course | None:
    asked = settled.options.rebuild
    if asked is None or origin is None:
        return None
    task_id = office.desk.task_id
    return rebuilding.begin(asked, settled, origin, earlier.arches, office.shelf, task_id)


def _planned(settled: Settled, course: Course) -> Settled:
    """With the arches and the release of the plan."""
    return replace(settled, release=course.plan.release, arches=tuple(course.plan.arches))


def _finish(built: Build, target: Target, request: Request, office: Office) -> str:
    if not request.options.skip_tag:
        try:
            office.hub.tag_build(built, target)
        except koji.GenericError as problem:
            raise trouble.of_tagging(built.nvr, target, problem) from problem
    return f"image build results in: {office.hub.image_folder(built)}"


def _scratch(settled: Settled, course: Course | None, earlier: Earlier, office: Office) -> str:
    nvr = release.scratch(settled, earlier, office.hub)
    results = _arches(nvr, settled, course, office)
    # The parent's document stays on its task: a second run could not upload it over what was moved.
    office.hub.move_to_scratch(_by_task(results))
    tasks = ", ".join(f"task {result.task_id} ({result.arch})" for result in results)
    return f"Scratch image build results in: {tasks}"


def _complete(opened: Build, settled: Settled, course: Course | None, office: Office) -> None:
    results = _arches(opened.nvr, settled, course, office)
    proof.prove(results, office.hub)
    whole = _for_the_hub(opened.nvr, results, office)
    # A build that fails after this mark has lost files, so nobody may reuse its arches.
    _log(office, IMPORT_STARTED, f"importing {opened.nvr}\n")
    try:
        office.hub.complete_build(opened, whole)
    except koji.GenericError as problem:
        raise trouble.of_import(opened.nvr, problem) from problem


def _fail(opened: Build, office: Office) -> None:
    """Fail the build; a hub that refuses even that must not hide why."""
    try:
        office.hub.fail_build(opened)
    except trouble.EXPECTED as problem:
        office.desk.say(f"Could not fail {opened.nvr}: {problem}")


def _arches(
    nvr: NVR, settled: Settled, course: Course | None, office: Office
) -> tuple[ArchResult, ...]:
    """Build every arch; the summary is written whatever comes of it."""
    office.desk.say(summary.head(nvr, settled))
    outcomes = _outcomes(nvr, settled, course, office)
    history = course.history(outcomes) if course else None
    _log(office, SUMMARY, summary.text(nvr, settled, outcomes, history))
    document = documents.parent(nvr, settled, outcomes, office.desk.workdir, history)
    office.desk.upload(document.path, document.name)
    results = wait.judge(outcomes, f"{settled.tool.name} build of {nvr}")
    proof.prove_new_enough(results, needed=office.strict)
    return results


def _outcomes(
    nvr: NVR, settled: Settled, course: Course | None, office: Office
) -> tuple[Outcome, ...]:
    """How every arch ended; one that is reused ended long ago."""
    reused = course.plan.reused if course else {}
    options = settled.options
    jobs = {arch: _job(nvr, arch, settled, course) for arch in settled.arches if arch not in reused}
    built = wait.wait(
        wait.spawn(jobs, office.children),
        options.optional_arches,
        fail_fast=options.fail_fast,
        children=office.children,
    )
    found = {outcome.arch: outcome for outcome in built}
    for arch, result in reused.items():
        optional = arch in options.optional_arches
        found[arch] = Outcome(arch, result.task_id, result, "", optional)
    return tuple(found[arch] for arch in settled.arches)


def _job(nvr: NVR, arch: str, settled: Settled, course: Course | None) -> ArchJob[Any]:
    tool = course.tool(arch, settled.tool) if course else settled.tool
    return ArchJob(
        nvr,
        arch,
        settled.target,
        settled.repo,
        tool,
        # An arch task is the same whether it is a first build's or a rebuild's.
        replace(sideload.options(settled, tool), rebuild=None),
        buildroot_repo=Repo(""),
        host_devices=settled.tag.host_devices,
    )


def _for_the_hub(
    nvr: NVR, results: tuple[ArchResult, ...], office: Office
) -> dict[str, dict[str, object]]:
    """Results as the hub imports them.

    The parent is one of them, so its own document becomes an archive and its logs are kept.
    """
    own: dict[str, object] = {
        "task_id": office.desk.task_id,
        "arch": "noarch",
        "files": [documents.parent_name(nvr)],
        "logs": [],
        "rpmlist": [],
    }
    return {**_by_task(results), str(office.desk.task_id): own}


def _by_task(results: tuple[ArchResult, ...]) -> dict[str, dict[str, object]]:
    """Keyed by task id as a string, because of XML-RPC."""
    return {str(result.task_id): result.to_wire() for result in results}


def _log(office: Office, name: str, text: str) -> None:
    path = office.desk.workdir / name
    path.write_text(text)
    office.desk.upload(path, name)

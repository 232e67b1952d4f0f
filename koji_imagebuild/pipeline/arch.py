"""One arch of one image, from an empty build root to files on the hub: the same for every tool."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from koji_imagebuild.model.metadata import PLUGIN, Used
from koji_imagebuild.model.result import ArchResult, FileSum
from koji_imagebuild.pipeline import (
    documents,
    registrations,
    root_check,
    rpmlist,
    sideload,
    stock,
    trouble,
    verify,
)
from koji_imagebuild.pipeline.journal import Journal
from koji_imagebuild.tools import side_loaded
from koji_imagebuild.tools.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from koji_imagebuild.errors import Told
    from koji_imagebuild.model.artifact import Artifact
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.rpms import RpmList
    from koji_imagebuild.model.target import BuildTag
    from koji_imagebuild.pipeline.ports import ArchHub, Desk, Evidence, Fleet, Root, Roots, Sources
    from koji_imagebuild.pipeline.registrations import Registrations
    from koji_imagebuild.pipeline.sideload import Commits, Containers
    from koji_imagebuild.tools.base import Collected, Command


@dataclass(frozen=True)
class Site:
    """The builder an arch task runs on.

    :param commits: None where build roots reach OSTree repositories themselves
    :param arch_timeout: seconds that all commands in the build root may take together
    """

    desk: Desk
    sources: Sources
    containers: Containers
    roots: Roots
    hub: ArchHub
    fleet: Fleet
    evidence: Evidence
    arch_timeout: int
    registrations: Registrations
    commits: Commits | None = None


class Attempt:
    """One try of one arch in one fresh build root."""

    def __init__(self, job: ArchJob[Any], site: Site) -> None:
        self._job = job
        self._site = site
        self._journal = Journal()
        self._logs: list[str] = []
        self._records: tuple[Artifact, ...] = ()
        self._root: Root | None = None
        self._used = Used(site.fleet.host, site.desk.task_id, 0, "", time.time())

    def run(self) -> ArchResult:
        """Build, and leave nothing behind in any ending.

        :raises Told: in every failure that is not a mistake of ours
        """
        tag = self._site.hub.build_tag(self._job.target)
        name = self._job.tool.registrations
        lent = self._site.registrations.read(name) if name else b""
        with self._journal.step("root"):
            root = self._root = self._site.roots.open(self._job, tag)
        try:
            return self._build(root, tag, lent)
        except trouble.EXPECTED as problem:
            failure = trouble.explain(problem, root.free_space)
            self._keep(root, failure)
            raise failure from problem
        finally:
            root.release()
            registrations.forget(lent, Layout(root.path))

    def discard(self) -> None:
        """Give the space of a try that failed to the next."""
        if self._root is not None:
            self._root.discard()

    def _build(self, root: Root, tag: BuildTag, lent: bytes) -> ArchResult:
        job, tool, layout = self._job, self._job.tool, Layout(root.path)
        with self._journal.step("root"):
            root.fill()
            facts = self._look(root, layout)
            root_check.check(tool.needs, facts, tag)
        with self._journal.step("source"):
            folder = layout.on_builder(layout.work / "source")
            checkout = self._site.sources.fetch(tool.location, folder)
        self._side_load(layout)
        with registrations.lent(lent, layout):
            self._run(root, tool.preliminary(job, layout, checkout.folder, facts.tool_version))
            with self._journal.step("prepare"):
                plan = tool.prepare(job, layout, checkout.folder, facts.tool_version)
        with self._journal.step("prepare"):
            self._used = replace(self._used, details=plan.details)
            root_check.check(plan.needs, facts, tag)
            self._records = verify.verify_records(plan.records, root.path)
            self._upload(self._records)
        if plan.downloads:
            with self._journal.step("sources"):
                stock.fill(plan.downloads, root.path, self._site.sources, self._site.desk)
            self._logs.append(stock.LOG)
        for note in plan.notes:
            self._site.desk.say(note)
        self._run(root, tool.commands(job, layout, plan))
        collected = tool.collect(job, layout, plan)
        return self._hand_in(root, collected)

    def _side_load(self, layout: Layout) -> None:
        job, site = self._job, self._site
        if side_loaded.containers(job):
            with self._journal.step("containers"):
                fetched = sideload.fetch(job, layout, site.containers)
                self._used = replace(self._used, containers=fetched)
        wanted = job.tool.commit(job.arch)
        if wanted is not None and site.commits is not None:
            with self._journal.step("ostree commit"):
                repository = layout.on_builder(side_loaded.repository(layout.work))
                mirrored = site.commits.mirror(wanted, repository)
                self._used = replace(self._used, commits=(mirrored,))

    def _look(self, root: Root, layout: Layout) -> root_check.RootFacts:
        tool, probe = self._job.tool, root_check.probe(self._job.tool, layout)
        (ran,) = root.run((probe,), self._seconds_left())
        self._log(ran.log, probe)
        facts = root_check.read(tool, ran)
        self._used = replace(self._used, buildroot_id=root.id, tool_version=facts.tool_version)
        return facts

    def _seconds_left(self) -> int:
        return max(1, int(self._site.arch_timeout - self._journal.seconds))

    def _run(self, root: Root, commands: Sequence[Command]) -> None:
        if not commands:
            return
        left: float = self._seconds_left()
        for command, ran in zip(commands, root.run(commands, int(left))):
            self._journal.add(command.step, ran.seconds)
            self._log(ran.log, command)
            if ran.status or ran.signal:
                diagnosis = self._job.tool.diagnose(ran.log.read_text(errors="replace"))
                raise trouble.of_command(command, ran, diagnosis, root.free_space, left)
            left -= ran.seconds

    def _log(self, path: Path, command: Command) -> None:
        self._site.desk.upload(path, command.log)
        self._logs.append(command.log)

    def _hand_in(self, root: Root, collected: Collected) -> ArchResult:
        with self._journal.step("verify"):
            made = verify.verify(collected.outputs, root.path)
            rpms = rpmlist.resolve(self._site.hub, collected.rpms, self._job.options)
        with self._journal.step("documents"):
            workdir = self._site.desk.workdir
            sboms = documents.sboms(made, collected.rpms, collected.distribution, workdir)
            artifacts = (*made, *self._records, *sboms)
            if not self._job.options.scratch:
                names = (artifact.name for artifact in artifacts)
                verify.check_file_types(names, self._job.arch, self._site.hub.knows_file_type)
        with self._journal.step("upload"):
            self._upload((*made, *sboms))
        document = documents.arch(
            self._job, self._used, self._journal.steps, workdir, artifacts=artifacts, rpms=rpms
        )
        self._upload((document,))
        return self._result(root, (*artifacts, document), rpms, len(sboms))

    def _result(
        self, root: Root, artifacts: Sequence[Artifact], rpms: RpmList, images: int
    ) -> ArchResult:
        return ArchResult(
            arch=self._job.arch,
            task_id=self._site.desk.task_id,
            nvr=self._job.nvr,
            files=tuple(artifact.name for artifact in artifacts),
            logs=tuple(dict.fromkeys((*self._logs, *root.logs))),
            rpmlist=tuple(known.to_wire() for known in rpms.known),
            sums=tuple(FileSum(a.name, a.size, a.sha256) for a in artifacts),
            plugin=PLUGIN,
            host=self._site.fleet.host,
            images=images,
            steps=self._journal.steps,
        )

    def _upload(self, artifacts: Sequence[Artifact]) -> None:
        for artifact in artifacts:
            self._site.desk.upload(artifact.path, artifact.name)

    def _keep(self, root: Root, failure: Told) -> None:
        """Keep on the task what tells about a failure; it must not hide the failure itself."""
        try:
            document = documents.arch(
                self._job,
                self._used,
                self._journal.steps,
                self._site.desk.workdir,
                artifacts=self._records,
                failure=failure.text(),
            )
            self._upload((document,))
            for path in self._site.evidence.collect(root):
                self._site.desk.upload(path, path.name)
        except Exception as problem:  # noqa: BLE001  # whatever it is, the failure itself matters more
            self._site.desk.say(f"Could not keep the evidence of a failure: {problem}")

"""A whole small Koji: the hub, a source repository, and builders that run arch tasks."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Callable

import koji
import koji.xmlrpcplus

from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.target import BuildTag
from koji_imagebuild.pipeline import doors, parent, retry
from koji_imagebuild.pipeline.arch import Site
from koji_imagebuild.pipeline.rebuild import asked
from koji_imagebuild.tools import registry

from .builder_side import (
    FakeArchHub,
    FakeCommits,
    FakeEvidence,
    FakeFleet,
    FakeRegistrations,
    FakeRegistry,
    FakeRoots,
    FakeSources,
    Script,
)
from .hub import Hub
from .line import Killed, Line
from .parent_side import FakeChildren, FakeDesk, FakeParentHub
from .past import FakeLedger, FakeShelf

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from koji_imagebuild.model.target import RepoInfo

    from .hub import BuildRow, Task

URL = "git+http://127.0.0.1/scm/demo#main"
TAG = BuildTag(2, "demo-build", ("x86_64", "aarch64"), host_devices=False)


def address(repo: RepoInfo, arch: str) -> Repo:
    return Repo(f"http://127.0.0.1/repos/{repo.tag_name}/{repo.id}/{arch}")


class World:
    """Everything a build meets.

    :ivar scripts: by arch, what happens in its build roots, one after the other
    :ivar order: arches in the order in which their tasks end
    :ivar others: there are other builders that have not refused a task
    :ivar strict: whether old builders' results are refused; None leaves it to the call
    :ivar old_builders: arches whose builders have Koji's own plugin
    :ivar old_answer: keys that differ in what those answer
    :ivar meanwhile: happens after every arch task
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self.hub = Hub(top / "koji")
        self.sources = FakeSources()
        self.registry = FakeRegistry()
        self.commits: FakeCommits | None = FakeCommits()
        self.scripts: dict[str, Sequence[Script]] = {}
        self.order = ("x86_64", "aarch64")
        self.retries = 2
        self.others = False
        self.strict: bool | None = None
        self.old_builders: tuple[str, ...] = ()
        self.old_answer: dict[str, object] = {}
        self.meanwhile: Callable[[], object] = lambda: None
        self.roots: dict[str, FakeRoots] = {}
        self.desks: list[FakeDesk] = []
        self.shelf = FakeShelf(self.hub)
        self.parent = self.hub.make_task("imageBuildLocal", [])
        self._folders = count()

    def folder(self) -> Path:
        """A task's folder on a builder; kojid makes an empty one for every run."""
        folder = self.top / f"workdir-{next(self._folders)}"
        folder.mkdir(parents=True)
        return folder

    def build(self, *arches: str, line: Line | None = None, **opts: object) -> str:
        """One run of the parent, as kojid does it."""
        self._ask("demo-target", list(arches), "fake", {"url": URL}, opts)
        return self.run(line)

    def build_through(self, method: str, *arguments: object) -> str:
        """One run of the parent that another call makes."""
        self.parent = self.hub.make_task(method, arguments)
        return self.run()

    def rebuild(self, *arches: str, line: Line | None = None, **opts: object) -> str:
        """As the hub makes a task of one that ended, and kojid runs it."""
        origin = self.parent
        was = self.hub.tasks[origin].arguments
        self.parent = self.hub.make_task("imageBuildLocal", [])
        self.roots.clear()
        self._ask(*asked.arguments(origin, was, list(arches), opts))
        return self.run(line)

    def _ask(self, *arguments: object) -> None:
        task = self.hub.tasks[self.parent]
        task.request = koji.xmlrpcplus.dumps(arguments, methodname=task.method, allow_none=True)

    def run(self, line: Line | None = None) -> str:
        """Run the parent as it was asked for; again, when a run of it was killed."""
        task = self.hub.tasks[self.parent]
        request = doors.read(task.method, task.arguments)
        line = line or Line()
        desk = FakeDesk(self.hub, self.parent, self.folder(), line)
        self.desks.append(desk)
        office = parent.Office(
            desk=desk,
            hub=FakeParentHub(self.hub, self.parent, line),
            children=FakeChildren(self.hub, self.parent, line, self._run_task, self.order),
            sources=self.sources,
            containers=self.registry,
            ledger=FakeLedger(self.hub, line),
            shelf=self.shelf,
            strict=(
                doors.needs_this_plugin(task.method, request)
                if self.strict is None
                else self.strict
            ),
        )
        try:
            answer = parent.build(request, office)
        except Exception as problem:
            self.hub.fail_task(self.parent, str(problem))
            raise
        self.hub.close_task(self.parent, answer)
        return answer

    def killed_at(self, *arches: str, line: Line, **opts: object) -> bool:
        """A run of the parent on a line that breaks; whether it lived to be killed."""
        try:
            self.build(*arches, line=line, **opts)
        except Killed:
            return True
        return False

    def _run_task(self, task: Task) -> None:
        if task.label in self.old_builders:
            self.hub.close_task(task.id, self._old_result(task))
        else:
            self._on_builders(task)
        self.meanwhile()

    def _on_builders(self, task: Task) -> None:
        """Run an arch task, on another builder when one gives it back."""
        arch = str(task.label)
        roots = self.roots.setdefault(
            arch, FakeRoots(self.top / "roots" / str(task.id), self.scripts.get(arch, ()))
        )
        for moves in range(10):
            try:
                result = retry.build(
                    registry.ARCH_TASKS["fake"].read(task.arguments, address),
                    self.site(task.id, roots, moves),
                    self.retries,
                )
            except retry.Elsewhere:
                continue
            except koji.GenericError as problem:
                self.hub.fail_task(task.id, str(problem))
            else:
                self.hub.close_task(task.id, result.to_wire())
            return

    def site(
        self,
        task_id: int,
        roots: FakeRoots,
        moves: int = 0,
        evidence: BaseException | None = None,
    ) -> Site:
        workdir = self.folder()
        (self.hub.folder(task_id) / "root.log").write_text("dnf\n")
        desk = FakeDesk(self.hub, task_id, workdir, Line())
        self.desks.append(desk)
        return Site(
            desk=desk,
            sources=self.sources,
            containers=self.registry,
            roots=roots,
            hub=FakeArchHub(self.hub, TAG),
            fleet=FakeFleet(f"builder-{moves}", moves, self.others),
            evidence=FakeEvidence(workdir, evidence),
            arch_timeout=3600,
            registrations=FakeRegistrations(),
            commits=self.commits,
        )

    def _old_result(self, task: Task) -> dict[str, object]:
        name, version, release, arch = task.arguments[:4]
        image = f"{name}-{version}.{arch}.qcow2"
        (self.hub.folder(task.id) / image).write_text("bits")
        return {
            "arch": arch,
            "task_id": task.id,
            "name": name,
            "version": version,
            "release": release,
            "files": [image],
            "logs": [],
            "rpmlist": [],
            **self.old_answer,
        }

    def children(self) -> dict[str, Task]:
        """Arch tasks by label; the tagging is no arch."""
        children = self.hub.children(self.parent)
        return {str(task.label): task for task in children if task.label != "tag"}

    def the_build(self) -> BuildRow:
        """The one build there is."""
        (row,) = self.hub.builds.values()
        return row

    def uploaded(self, task_id: int) -> set[str]:
        return {path.name for path in self.hub.folder(task_id).iterdir()}

    def text(self, task_id: int, name: str) -> str:
        return (self.hub.folder(task_id) / name).read_text()

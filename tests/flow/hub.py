"""A hub that keeps Koji's rules for builds, tasks and imports, in memory and one folder.

Line numbers are those of kojihub/kojihub.py in Koji 1.35.3.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import koji.xmlrpcplus
from koji import BUILD_STATES, TASK_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Some of schemas/schema.sql's.
EXTENSIONS = frozenset(("json", "xml", "txt", "packages", "tar.xz", "tar.gz", "qcow2", "iso"))


@dataclass
class Task:
    """A task; request and result are kept as the wire has them."""

    id: int
    method: str
    request: str
    parent: int | None = None
    label: str | None = None
    state: int = TASK_STATES["FREE"]
    result: str = ""
    fault: str = ""

    @property
    def arguments(self) -> list[object]:
        return list(koji.xmlrpcplus.loads(self.request)[0])

    @property
    def open(self) -> bool:
        return self.state in (TASK_STATES["FREE"], TASK_STATES["OPEN"])


@dataclass
class BuildRow:
    id: int
    name: str
    version: str
    release: str
    state: int
    task_id: int
    source: str
    archives: tuple[str, ...] = ()

    @property
    def nvr(self) -> str:
        return f"{self.name}-{self.version}-{self.release}"


@dataclass
class Hub:
    """The hub's tables, and the folder its files lie in.

    :param packages: the destination tag's package list
    :param rpms: NVRA to payload hash of what Koji built
    :param external: NVRA to the external repository that has it
    :param breaks: the hub's disk breaks when the first file of an import has been moved
    :param imports: every import that was asked for, and whether it came to its end
    """

    top: Path
    extensions: frozenset[str] = EXTENSIONS
    packages: set[str] = field(default_factory=lambda: {"demo"})
    groups: set[str] = field(default_factory=lambda: {"build", "fake-build"})
    arches: str = "x86_64 aarch64"
    rpms: dict[str, str] = field(default_factory=lambda: {"bash-5-1.noarch": "aa" * 16})
    external: dict[str, str] = field(default_factory=dict)
    repo_id: int = 7
    deleted_repos: set[int] = field(default_factory=set)
    breaks: bool = False
    tasks: dict[int, Task] = field(default_factory=dict)
    builds: dict[int, BuildRow] = field(default_factory=dict)
    tagged: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    moved_to_scratch: list[str] = field(default_factory=list)

    def make_task(
        self,
        method: str,
        arguments: Sequence[object],
        *,
        parent: int | None = None,
        label: str | None = None,
    ) -> int:
        """``host.subtask`` (15278): the task that has the label already is the answer."""
        for task in self.tasks.values():
            if label is not None and (task.parent, task.label) == (parent, label):
                return task.id
        request = koji.xmlrpcplus.dumps(tuple(arguments), methodname=method, allow_none=True)
        task = Task(100 + len(self.tasks), method, request, parent, label)
        self.tasks[task.id] = task
        return task.id

    def children(self, parent: int) -> list[Task]:
        return [task for task in self.tasks.values() if task.parent == parent]

    def close_task(self, task_id: int, result: object) -> None:
        task = self._open_task(task_id)
        task.result = koji.xmlrpcplus.dumps((result,), methodresponse=True, allow_none=True)
        task.state = TASK_STATES["CLOSED"]

    def fail_task(self, task_id: int, fault: str) -> None:
        task = self._open_task(task_id)
        task.fault, task.state = fault, TASK_STATES["FAILED"]

    def cancel_children(self, parent: int) -> None:
        for task in self.children(parent):
            if task.open:
                task.state, task.fault = TASK_STATES["CANCELED"], f"Task {task.id} is canceled"

    def _open_task(self, task_id: int) -> Task:
        task = self.tasks[task_id]
        if not task.open:
            raise koji.GenericError(f"Task {task_id} is not open")
        return task

    def folder(self, task_id: int) -> Path:
        folder = self.top / "work" / str(task_id)
        if not folder.exists():
            folder.mkdir(parents=True)
        return folder

    def upload(self, task_id: int, path: Path, name: str) -> None:
        """``handle_upload`` (16368): overwrites, but never through a symlink."""
        self._open_task(task_id)
        target = self.folder(task_id) / name
        if target.is_symlink():
            raise koji.GenericError(f"destination is a symlink: {target}")
        shutil.copyfile(path, target)

    def knows_file_type(self, name: str) -> bool:
        """``get_archive_type`` (7871): any suffix of the name's dotted parts."""
        parts = name.lower().split(".")
        return any(".".join(parts[start:]) in self.extensions for start in range(len(parts)))

    def next_release(self, name: str, version: str) -> str:
        """``get_next_release`` (4777): counts on from the latest that did not fail."""
        counted = {BUILD_STATES[state] for state in ("COMPLETE", "DELETED", "BUILDING")}
        last = [b.release for b in self._of(name, version) if b.state in counted]
        if not last:
            return "1"
        parts = last[-1].split(".")
        at = 2 if len(parts) == 3 else 0
        if len(parts) > 3 or not parts[at].isdigit():
            raise koji.BuildError(f"Unable to increment release value: {last[-1]}")
        parts[at] = str(int(parts[at]) + 1)
        return ".".join(parts)

    def _of(self, name: str, version: str) -> list[BuildRow]:
        return [b for b in self.builds.values() if (b.name, b.version) == (name, version)]

    def init_image_build(
        self, task_id: int, name: str, version: str, release: str | None, source: str
    ) -> BuildRow:
        """``initImageBuild`` (15684): two calls without a release open two builds."""
        self._open_task(task_id)
        release = self.next_release(name, version) if release is None else release
        for old in self._of(name, version):
            if old.release == release:
                return self._recycle(old, task_id, source)
        row = BuildRow(
            len(self.builds) + 1, name, version, release, BUILD_STATES["BUILDING"], task_id, source
        )
        self.builds[row.id] = row
        return row

    def _recycle(self, old: BuildRow, task_id: int, source: str) -> BuildRow:
        """``recycle_build`` (6500)."""
        if old.state == BUILD_STATES["BUILDING"]:
            if old.task_id == task_id:
                return old
            raise koji.GenericError(f"Build already in progress (task {old.task_id})")
        if old.state not in (BUILD_STATES["FAILED"], BUILD_STATES["CANCELED"]):
            raise koji.GenericError(f"Build already exists (id={old.id}, state={old.state})")
        old.state, old.task_id, old.source = BUILD_STATES["BUILDING"], task_id, source
        shutil.rmtree(self.build_folder(old), ignore_errors=True)
        return old

    def fail_build(self, task_id: int, build_id: int) -> None:
        self._open_task(task_id)
        row = self.builds[build_id]
        if row.state != BUILD_STATES["BUILDING"]:
            raise koji.GenericError(f"cannot update build {build_id}, state: {row.state}")
        row.state = BUILD_STATES["FAILED"]

    def build_folder(self, row: BuildRow) -> Path:
        return self.top / "packages" / row.name / row.version / row.release

    def complete_image_build(
        self, task_id: int, build_id: int, results: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """``completeImageBuild`` (15467): files move one by one, a rollback brings none back."""
        self._open_task(task_id)
        row = self.builds[build_id]
        if row.state != BUILD_STATES["BUILDING"]:
            raise koji.GenericError(f"{row.nvr} is not being built")
        self.imports.append("started")
        archives = [name for result in results.values() for name in self._import(row, result)]
        row.state, row.archives = BUILD_STATES["COMPLETE"], tuple(archives)
        self.imports[-1] = "done"

    def _import(self, row: BuildRow, result: Mapping[str, Any]) -> list[str]:
        """``importImageInternal`` (10592)."""
        work, images = self.folder(result["task_id"]), self.build_folder(row) / "images"
        for name in result["files"]:
            if not self.knows_file_type(name):
                raise koji.BuildError(f"Unsupported file type: {name}")
            self._move(work / name, images / name)
            if self.breaks:
                raise koji.GenericError("Input/output error")
        for log in [path for path in work.iterdir() if path.suffix == ".log"]:
            self._move(log, self.build_folder(row) / "data/logs/image" / result["arch"] / log.name)
        for rpm in result["rpmlist"]:
            if not rpm.get("location") and not self.get_rpm(rpm):
                raise koji.GenericError(f"No such rpm: {rpm!r}")
        return list(result["files"])

    def move_image_build_to_scratch(
        self, task_id: int, results: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """``moveImageBuildToScratch`` (15402): a second call finds its destinations taken."""
        self._open_task(task_id)
        for result in results.values():
            scratch = self.top / "scratch" / f"task_{result['task_id']}"
            for name in [*result["files"], *result["logs"]]:
                self._move(self.folder(result["task_id"]) / name, scratch / name)
        self.moved_to_scratch.append(str(task_id))

    @staticmethod
    def _move(source: Path, target: Path) -> None:
        """``move_and_symlink`` (koji/util.py:996) and the checks around it."""
        if target.exists():
            raise koji.GenericError(f"Destination exists: {target}")
        if not source.exists():
            raise koji.GenericError(f"No such file: {source}")
        if source.is_symlink() or not source.is_file():
            raise koji.GenericError(f"{source} is not a regular file")
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        source.symlink_to(os.path.relpath(target, source.parent))

    def get_rpm(self, rpm: Mapping[str, Any]) -> bool:
        return "{name}-{version}-{release}.{arch}".format(**rpm) in self.rpms

    def tag_build(self, build_id: int) -> None:
        """``_tag_build``: the package has to be listed, and a tag holds a build once."""
        row = self.builds[build_id]
        if row.state != BUILD_STATES["COMPLETE"]:
            raise koji.TagError(f"build {row.nvr} is not complete")
        if row.name not in self.packages:
            raise koji.TagError(f"package {row.name} not in list for tag")
        if row.nvr in self.tagged:
            raise koji.TagError(f"build {row.nvr} already tagged")
        self.tagged.append(row.nvr)

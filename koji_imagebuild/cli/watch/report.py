"""How it ended: what was built and where it is, or what failed and which log tells more. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.cli.hub import TaskState
from koji_imagebuild.cli.watch import words
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.cli.hub import Build
    from koji_imagebuild.cli.watch.state import Row, Snapshot
    from koji_imagebuild.model.result import ArchResult

# errors.Told.text: the task's log that tells more.
_LOG = re.compile(r"^log: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where Koji's files are, and where the report goes.

    :param top: an address, or a folder where the profile has none
    :param width: of a terminal, in columns; digests are cut there
    """

    top: str
    width: int | None = None

    def task(self, task_id: int) -> str:
        return f"{self.top}/work/{koji.pathinfo.taskrelpath(task_id)}"

    def build(self, build: Build) -> str:
        return f"{self.top}/{build.folder}/"


def report(
    end: Snapshot, place: Place, reused: Mapping[str, ArchResult] | None = None
) -> tuple[str, ...]:
    """The last lines; what failed comes before what came of it.

    :param reused: of an earlier build, by arch, as was planned
    """
    lines: list[str] = []
    for row in end.arches:
        if row.task.state is TaskState.FAILED:
            lines += [*_failure(row, end.now, place), ""]
    if end.parent.task.state is TaskState.CLOSED:
        return (*lines, *_success(end, place, reused or {}))
    return (*lines, *_verdict(end, place))


def _failure(row: Row, now: float, place: Place) -> list[str]:
    task = row.task
    took = duration(row.seconds(now) or 0)
    story = _story(row, place)
    if not _LOG.search(row.error):
        story += ["", f"  logs: {place.task(task.id)}/"]
    return [f"{task.arch}  {task.id} {task.method}  failed after {took}", "", *story]


def _story(row: Row, place: Place) -> list[str]:
    """What a task says about its failure, with the address of the log it names."""
    text = _LOG.sub(rf"log: {place.task(row.task.id)}/\1", row.error)
    return [f"  {line}".rstrip() for line in text.splitlines()]


def _success(end: Snapshot, place: Place, reused: Mapping[str, ArchResult]) -> list[str]:
    lines = [_headline(end)]
    built = {row.task.arch: row.result for row in end.arches}
    results = filter(None, {**reused, **built}.values())
    files = [file for result in results for file in words.images(result)]
    widest = max((len(file.name) for file in files), default=0)
    for file in files:
        line = f"  {file.name:<{widest}}  {words.size(file.size):>8}  sha256:{file.sha256}"
        lines.append(words.cut(line, place.width))
    if end.build is not None:
        lines.append(
            f"  SBOM, description, logs and image-build.json beside them: {place.build(end.build)}"
        )
        return lines
    folders = [f"{row.task.arch}: {place.task(row.task.id)}/" for row in end.arches if row.result]
    return [*lines, *(f"  all files of {folder}" for folder in folders)]


def _headline(end: Snapshot) -> str:
    if end.build is not None:
        tags = ", ".join(end.build.tags)
        return f"Built {end.build.nvr}" + (f", tagged into {tags}" if tags else ", not tagged")
    return f"Built {end.asked.nvr} as a scratch build" if end.asked else "Built nothing"


def _kept(end: Snapshot) -> list[str]:
    """What need not be built again; a scratch build's arches are."""
    kept = [row.task.arch for row in end.arches if row.result]
    if not kept or end.build is None:
        return []
    arches = ", ".join(kept)
    return [f"{arches} finished, to be reused by: koji image-rebuild-local {end.parent.task.id}"]


def _verdict(end: Snapshot, place: Place) -> list[str]:
    """The parent's own words, unless they only repeat what its arches said."""
    task, error = end.parent.task, end.parent.error
    if task.state is TaskState.CANCELED:
        return [f"{task.id} {task.method} was canceled"]
    said = [row for row in end.arches if f"(task {row.task.id})" in error]
    if said:
        return [*_kept(end), f"{task.id} {error.splitlines()[0]}"]
    return [f"{task.id} {task.method} failed", "", *_story(end.parent, place)]

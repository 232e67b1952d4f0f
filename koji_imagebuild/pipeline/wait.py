"""Spawning the arch tasks and waiting for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import ArchesFailed
from koji_imagebuild.model.metadata import PLUGIN
from koji_imagebuild.pipeline.ports import Ended
from koji_imagebuild.tools import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.ports import Children


@dataclass(frozen=True)
class Outcome:
    """How one arch ended.

    :param error: the fault's text; empty when there is a result
    """

    arch: str
    task_id: int
    result: ArchResult | None
    error: str
    optional: bool


def spawn(jobs: Mapping[str, ArchJob[Any]], children: Children) -> dict[int, str]:
    """One task an arch, labelled by it, so that a second run finds those of the first."""
    tasks = {}
    for arch, job in jobs.items():
        wire = registry.ARCH_TASKS[job.tool.name]
        tasks[children.spawn(wire.METHOD, wire.arguments(job), arch)] = arch
    return tasks


def wait(
    tasks: Mapping[int, str], optional: tuple[str, ...], *, fail_fast: bool, children: Children
) -> tuple[Outcome, ...]:
    """Wait for every arch; one that fails leaves the others alone, so that they can be reused.

    :param fail_fast: cancel what still runs as soon as one that must not fail has failed
    """
    outcomes: dict[str, Outcome] = {}
    pending = dict(tasks)
    while pending:
        for ended in children.wait_any(tuple(pending)):
            arch = pending.pop(ended.task_id)
            outcomes[arch] = _outcome(ended, arch, optional=arch in optional)
        if fail_fast and any(o.error and not o.optional for o in outcomes.values()):
            children.cancel()
            break
    for task_id, arch in pending.items():
        canceled = Ended(task_id, error="canceled: another arch failed")
        outcomes[arch] = _outcome(canceled, arch, optional=arch in optional)
    return tuple(outcomes[arch] for arch in tasks.values())


def _outcome(ended: Ended, arch: str, *, optional: bool) -> Outcome:
    return Outcome(arch, ended.task_id, ended.result, ended.error, optional)


def judge(outcomes: tuple[Outcome, ...], what: str) -> tuple[ArchResult, ...]:
    """The results to import.

    :param what: the build in words
    :raises ArchesFailed: when an arch failed that had to succeed, or when none succeeded
    """
    failed = [o for o in outcomes if o.result is None]
    if not any(not o.optional for o in failed) and len(failed) < len(outcomes):
        return tuple(o.result for o in outcomes if o.result is not None)
    lines: list[str] = []
    for outcome in failed:
        lines += [f"{outcome.arch} (task {outcome.task_id}): {_first(outcome.error)}"]
        lines += [f"  {line}" for line in _rest(outcome.error)]
    raise ArchesFailed(f"{what} failed ({len(failed)} of {len(outcomes)} arches)", lines=lines)


def older_plugin(result: ArchResult) -> bool:
    """Whether a builder with Koji's own plugin made this."""
    return not (result.plugin or "").startswith(PLUGIN.split(" ", maxsplit=1)[0])


def _first(error: str) -> str:
    return error.strip().splitlines()[0] if error.strip() else "failed"


def _rest(error: str) -> list[str]:
    return [line.rstrip() for line in error.strip().splitlines()[1:] if line.strip()]

"""``summary.log`` on the parent: per arch what was built, where, how long, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.model.metadata import public
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.pipeline.resolve import Settled
    from koji_imagebuild.pipeline.wait import Outcome


def head(nvr: NVR, settled: Settled) -> str:
    """One line: what, from where, into where."""
    kind = "scratch build" if settled.options.scratch else "build"
    repo = f"repo {settled.repo.id} (event {settled.repo.event})"
    parts = (
        str(nvr),
        f"{settled.tool.name} {kind}",
        f"target {settled.target.name}",
        repo,
        public(settled.tool.location.text),
    )
    return "   ".join(filter(None, parts))


def text(nvr: NVR, settled: Settled, outcomes: Sequence[Outcome]) -> str:
    """The whole log."""
    lines = [head(nvr, settled)]
    for outcome in outcomes:
        lines += _arch(outcome)
    return "\n".join(lines) + "\n"


def _arch(outcome: Outcome) -> list[str]:
    where = f"{outcome.arch:<9}task {outcome.task_id:<7}"
    result = outcome.result
    if result is None:
        verdict = "failed (optional)" if outcome.optional else "FAILED"
        first, *rest = outcome.error.strip().splitlines() or ["no reason was given"]
        return [f"{where}{verdict}   {first}", *(f"          {line}" for line in rest)]
    total = duration(sum(seconds for _, seconds in result.steps))
    steps = "   ".join(f"{step} {duration(seconds)}" for step, seconds in result.steps)
    counts = f"{result.images} images   {len(result.rpmlist)} packages"
    return [f"{where}ok   {total}   {steps}   {counts}   on {result.host or 'unknown builder'}"]

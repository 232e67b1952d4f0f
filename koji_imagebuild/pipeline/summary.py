"""``summary.log`` on the parent: per arch what was built, where, how long, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.model.metadata import public
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.pipeline.rebuild.history import History
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


def text(
    nvr: NVR, settled: Settled, outcomes: Sequence[Outcome], history: History | None = None
) -> str:
    """The whole log.

    :param history: of a rebuild
    """
    lines = [head(nvr, settled), *([history.head()] if history else [])]
    for outcome in outcomes:
        lines += _arch(outcome, history)
    return "\n".join(lines) + "\n"


def _arch(outcome: Outcome, history: History | None) -> list[str]:
    told = [f"          {line}" for line in history.lines(outcome.arch)] if history else []
    return [*_ended(outcome, reused=history is not None and history.reused(outcome.arch)), *told]


def _ended(outcome: Outcome, *, reused: bool) -> list[str]:
    where = f"{outcome.arch:<9}task {outcome.task_id:<7}"
    result = outcome.result
    if result is None:
        verdict = "failed (optional)" if outcome.optional else "FAILED"
        first, *rest = outcome.error.strip().splitlines() or ["no reason was given"]
        return [f"{where}{verdict}   {first}", *(f"          {line}" for line in rest)]
    total = duration(sum(seconds for _, seconds in result.steps))
    steps = "   ".join(f"{step} {duration(seconds)}" for step, seconds in result.steps)
    counts = f"{result.images} images   {len(result.rpmlist)} packages"
    verdict = "reused" if reused else "ok"
    host = result.host or "unknown builder"
    return [f"{where}{verdict}   {total}   {steps}   {counts}   on {host}"]

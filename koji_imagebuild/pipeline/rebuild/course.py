"""A parent's rebuild, from its plan to what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.target import RepoChoice
from koji_imagebuild.pipeline.rebuild import kept as kept_files
from koji_imagebuild.pipeline.rebuild import plan as planning
from koji_imagebuild.pipeline.rebuild.history import History
from koji_imagebuild.pipeline.rebuild.plan import Again, Plan, Reuse
from koji_imagebuild.pipeline.rebuild.record import Comparison, compare

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from koji_imagebuild.model.rebuild import Rebuild
    from koji_imagebuild.model.result import ArchResult
    from koji_imagebuild.pipeline.rebuild.kept import Kept, Shelf
    from koji_imagebuild.pipeline.rebuild.origin import OldArch, Origin
    from koji_imagebuild.pipeline.resolve import Settled
    from koji_imagebuild.pipeline.wait import Outcome
    from koji_imagebuild.tools.base import Tool


@dataclass(frozen=True)
class Course:
    """What a rebuild goes by.

    :param kept: what the origin's arch tasks left, of arches that are built again
    """

    plan: Plan
    origin: Origin
    shelf: Shelf
    kept: Mapping[str, Kept]

    def tool(self, arch: str, tool: Tool[Any]) -> Tool[Any]:
        kept = self.kept.get(arch)
        return tool if kept is None else kept_files.tool_for(kept, tool)

    def history(self, outcomes: Sequence[Outcome]) -> History:
        """Compare what was built again with what it was before."""
        found: dict[str, Comparison] = {}
        for outcome in outcomes:
            old = self.origin.arches.get(outcome.arch)
            again = isinstance(self.plan.arches[outcome.arch], Again)
            if again and old is not None and outcome.result is not None:
                found.update(self._compared(old, outcome.result))
        asked = self.origin.request.tool
        kept = {a: k.task_id for a, k in self.kept.items() if self.tool(a, asked) is not asked}
        return History(self.plan, found, kept)

    def _compared(self, old: OldArch, result: ArchResult) -> Mapping[str, Comparison]:
        """Nothing where one of the two documents cannot be read: a build is no worse for that."""
        if old.result is None:
            return {}
        try:
            before = kept_files.record(old.task_id, old.result.nvr, result.arch, self.shelf)
            now = kept_files.record(result.task_id, result.nvr, result.arch, self.shelf)
        except OSError:
            return {}
        if before is None or now is None or before.failed:
            return {}
        return {result.arch: compare(old.task_id, before, now)}


def begin(
    asked: Rebuild,
    settled: Settled,
    origin: Origin,
    begun: Collection[str],
    shelf: Shelf,
    task_id: int,
) -> Course:
    """Plan, and check what is to be reused.

    :param begun: arches that an earlier run of this task is building again
    :param task_id: this task's
    """
    plan = planning.plan(origin, asked, settled.options, settled.arches, task_id)
    plan = _as_it_is_called(plan, (settled.name, settled.version))
    parts = {
        arch: Again("an earlier run of this task began it") if _taken(part, arch, begun) else part
        for arch, part in plan.arches.items()
    }
    plan = kept_files.checked(replace(plan, arches=parts), shelf)
    # A manifest that was kept names the packages of its day.
    others = asked.fresh_repo or settled.options.repo != RepoChoice()
    left = {
        arch: None if others else kept_files.kept(arch, origin.arches[arch], shelf)
        for arch in origin.arches
        if isinstance(plan.arches.get(arch), Again)
    }
    return Course(plan, origin, shelf, {arch: kept for arch, kept in left.items() if kept})


def _as_it_is_called(plan: Plan, called: tuple[str, str]) -> Plan:
    """Koji's own plugin pins no commit, so a branch may have moved to another name or version.

    :raises RequestError: when there are arches to reuse that have the old one
    """
    if plan.nvr is None or called == (plan.nvr.name, plan.nvr.version):
        return plan
    moved = f"{plan.nvr} was built, but its source is called {'-'.join(called)} now"
    if plan.reused:
        raise RequestError(moved, repair="Build all of it again: --all")
    return replace(plan, nvr=None, why_new=moved, release=None)


def _taken(part: planning.Part, arch: str, begun: Collection[str]) -> bool:
    return isinstance(part, Reuse) and arch in begun

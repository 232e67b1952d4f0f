"""What a rebuild is going to do, before it is submitted: worked out as the parent task will."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.cli.rebuild_arguments import OPTIONS
from koji_imagebuild.cli.submit import in_the_users_words
from koji_imagebuild.cli.watch import words
from koji_imagebuild.errors import RequestError
from koji_imagebuild.pipeline import doors
from koji_imagebuild.pipeline.rebuild import asked
from koji_imagebuild.pipeline.rebuild import origin as origins
from koji_imagebuild.pipeline.rebuild.plan import Plan, Reuse, arches_of, plan

if TYPE_CHECKING:
    from koji_imagebuild.cli.hub import SubmitHub
    from koji_imagebuild.cli.rebuild_arguments import RebuildOptions
    from koji_imagebuild.pipeline.doors import Request
    from koji_imagebuild.pipeline.rebuild.origin import Ledger, Origin
    from koji_imagebuild.pipeline.rebuild.plan import Part


@dataclass(frozen=True)
class Planned:
    """:param request: the rebuild's, as the hub will make it"""

    origin: Origin
    request: Request
    plan: Plan

    def lines(self) -> list[str]:
        """For people."""
        task, plan = self.origin.task, self.plan
        what = self.origin.nvr or f"{self.request.tool.name} build"
        verdict = "the release can stay" if plan.nvr else f"all is built anew: {plan.why_new}"
        head = f"{what} (task {task.id}, {task.state}): {verdict}"
        return [head, *(_line(arch, part) for arch, part in plan.arches.items())]


def look(options: RebuildOptions, ledger: Ledger, hub: SubmitHub) -> Planned:
    """Read the origin, and plan.

    :raises RequestError: for what the hub or the task would refuse, in the user's words
    """
    try:
        origin = origins.read(ledger, _task(options.origin, ledger))
        asked.check_ended(origin.task.id, origin.task.state)
        arguments = asked.arguments(
            origin.task.id, origin.task.arguments, list(options.arches), dict(options.opts)
        )
        request = doors.read(origin.task.method, arguments)
        arches = arches_of(origin) or hub.arches(request.target)
        canonical = tuple(dict.fromkeys(koji.canonArch(arch) for arch in arches))
        rebuild = asked.rebuild_of(request)
        return Planned(origin, request, plan(origin, rebuild, request.options, canonical))
    except RequestError as problem:
        raise in_the_users_words(problem, OPTIONS, options.opts) from None


def _task(origin: str, ledger: Ledger) -> int:
    if origin.isdecimal():
        return int(origin)
    return asked.task_of(origin, ledger.build(origin))


def _line(arch: str, part: Part) -> str:
    if isinstance(part, Reuse):
        return f"  {arch:<8} {f'reuse task {part.result.task_id}':<18} {words.made(part.result)}"
    return f"  {arch:<8} {'build again':<18} {part.why}".rstrip()

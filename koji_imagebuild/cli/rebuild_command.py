"""``koji image-rebuild-local``, from its arguments to its exit status."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from koji_cli.lib import activate_session

from koji_imagebuild.adapters.ledger import KojiLedger
from koji_imagebuild.cli import errors, rebuild_arguments, rebuild_plan
from koji_imagebuild.cli.command import Talk, follow
from koji_imagebuild.cli.koji_hub import KojiSubmitHub
from koji_imagebuild.cli.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence


@errors.told
def image_rebuild_local(goptions: Any, session: Any, args: Sequence[str]) -> int:
    """Show the plan, submit, and watch when asked to."""
    options = rebuild_arguments.parse(args)
    talk = Talk.open(quiet=goptions.quiet, json=options.json)
    activate_session(session, goptions)
    hub = KojiSubmitHub(session)
    planned = rebuild_plan.look(options, KojiLedger(session), hub)
    talk.say(*planned.lines())
    origin = planned.origin.task.id
    task_id = hub.resubmit(origin, options.arches, options.opts, options.priority)
    step = TOOLS[planned.request.tool.name].step
    talk = replace(talk, plan=planned.plan)
    return follow(task_id, step, talk, goptions, session, wait=options.wait)

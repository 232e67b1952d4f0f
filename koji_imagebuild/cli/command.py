"""``koji image-build-local``, from its arguments to its exit status."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import koji
from koji_cli.lib import _running_in_bg, activate_session

from koji_imagebuild.cli import arguments, errors
from koji_imagebuild.cli.hub import TaskState
from koji_imagebuild.cli.koji_hub import KojiSubmitHub, KojiWatchHub
from koji_imagebuild.cli.submit import Desk, submit
from koji_imagebuild.cli.watch import json_report, screen
from koji_imagebuild.cli.watch.loop import Pace, Watch
from koji_imagebuild.cli.watch.poll import Poller
from koji_imagebuild.cli.watch.report import Place, report
from koji_imagebuild.errors import Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.cli.tool_command import Step
    from koji_imagebuild.cli.watch.state import Snapshot
    from koji_imagebuild.pipeline.rebuild.plan import Plan


@dataclass(frozen=True)
class Talk:
    """Where lines for people go; with ``--json`` standard output is for programs alone.

    :param plan: of a rebuild
    """

    stream: TextIO
    quiet: bool
    json: bool
    plan: Plan | None = None

    @classmethod
    def open(cls, *, quiet: bool, json: bool) -> Talk:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A log may hold what this terminal's character set does not.
                stream.reconfigure(errors="replace")
        return cls(sys.stderr if json else sys.stdout, quiet, json)

    def say(self, *lines: str) -> None:
        if not self.quiet:
            self.stream.write("".join(f"{line}\n" for line in lines))
            self.stream.flush()

    def tell_programs(self, task_id: int, seen: Snapshot | None) -> None:
        if self.json:
            document = json_report.document(task_id, seen, self.plan)
            sys.stdout.write(json.dumps(document, indent=1) + "\n")


@errors.told
def image_build_local(goptions: Any, session: Any, args: Sequence[str]) -> int:
    """Submit, and watch when asked to."""
    options = arguments.parse(args)
    talk = Talk.open(quiet=goptions.quiet, json=options.json)

    def login() -> KojiSubmitHub:
        activate_session(session, goptions)
        return KojiSubmitHub(session)

    task_id = submit(options, Desk(login, talk.say))
    return follow(task_id, options.tool.step, talk, goptions, session, wait=options.wait)


def follow(
    task_id: int, step: Step, talk: Talk, goptions: Any, session: Any, *, wait: bool | None
) -> int:
    """Say that a task was created, and watch it; the exit status.

    :param wait: None means: unless it runs in the background
    """
    submitted = time.time()
    address = f"{goptions.weburl}/taskinfo?taskID={task_id}"
    talk.say(f"Created task: {task_id}", f"Task info: {address}")
    if not (wait if wait is not None else not _running_in_bg()):
        talk.tell_programs(task_id, None)
        return 0
    poller = Poller(KojiWatchHub(session), task_id, step, submitted)
    watch = Watch(poller, screen.choose(talk.stream, quiet=talk.quiet), _pace(goptions))
    width = screen.size(talk.stream)[0] if talk.stream.isatty() else None
    place = Place(goptions.topurl or goptions.topdir, width)
    return _to_the_end(watch, task_id, talk, place, _going_on(goptions, task_id))


def _pace(goptions: Any) -> Pace:
    """As patient as Koji's own session is with a hub, in all."""
    patience = (goptions.max_retries or 30) * (goptions.retry_interval or 20)
    return Pace(interval=goptions.poll_interval or 6, patience=patience)


def _going_on(goptions: Any, task_id: int) -> str:
    """What to do about a task nobody watches any more, as commands for the same hub."""
    program = Path(sys.argv[0]).name
    same = program if goptions.profile == program else f"{program} -p {goptions.profile}"
    return (
        f"Task {task_id} goes on. Watch it with '{same} watch-task {task_id}',"
        f" end it with '{same} cancel {task_id}'."
    )


def _to_the_end(watch: Watch, task_id: int, talk: Talk, place: Place, going_on: str) -> int:
    try:
        end = watch.to_the_end()
    except KeyboardInterrupt:
        talk.say("", going_on)
        talk.tell_programs(task_id, watch.last)
        return errors.INTERRUPTED
    except koji.GenericError as problem:
        talk.tell_programs(task_id, watch.last)
        raise Told(str(problem), repair=going_on) from None
    talk.say("", *report(end, place, talk.plan.reused if talk.plan else None))
    talk.tell_programs(task_id, end)
    return 0 if end.parent.task.state is TaskState.CLOSED else errors.FAILED

"""What a running sandbox is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.processes import Daemon
    from koji_imagebuild.sandbox.start import Sandbox
    from koji_imagebuild.sandbox.state import State

_UNFINISHED = ("FREE", "OPEN", "ASSIGNED")


def lines(sandbox: Sandbox) -> Iterator[str]:
    """Tell it line by line.

    :raises koji.GenericError: when the hub does not answer
    """
    endpoints = sandbox.state.endpoints()
    yield f"folder   {sandbox.state.folder}"
    yield f"profiles {endpoints.profile}, {endpoints.profile}-admin"
    yield f"hub      {endpoints.server}  {_process(sandbox.hub)}"
    yield f"files    {endpoints.topurl}, {endpoints.scm}"
    yield f"builder  {_process(sandbox.builder)}"
    if sandbox.hub.pid() is not None:
        yield from _tasks(sandbox.state)


def _process(daemon: Daemon) -> str:
    pid = daemon.pid()
    return f"pid {pid}, log {daemon.log}" if pid else "not running"


def _tasks(state: State) -> Iterator[str]:
    numbers = [koji.TASK_STATES[name] for name in _UNFINISHED]
    with sessions.anonymous(state) as session:
        found = session.listTasks({"state": numbers}, {"order": "id"})
    yield f"tasks    {len(found)} unfinished"
    for task in found:
        yield (
            f"  {task['id']:>6} {task['method']} ({task['arch']}) "
            f"{koji.TASK_STATES[task['state']].lower()}"
        )

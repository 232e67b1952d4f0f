"""What a running sandbox is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.processes import Daemon
    from koji_imagebuild.sandbox.start import Sandbox
    from koji_imagebuild.sandbox.state import Endpoints, State

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
        yield from _tasks(sandbox.state, endpoints)


def session(state: State, endpoints: Endpoints) -> Any:
    """Open a session that needs no login and does not wait for a hub that is gone."""
    options = {"serverca": str(state.certs / "ca.pem"), "max_retries": 3, "retry_interval": 1}
    return koji.ClientSession(endpoints.server, options)


def _process(daemon: Daemon) -> str:
    pid = daemon.pid()
    return f"pid {pid}, log {daemon.log}" if pid else "not running"


def _tasks(state: State, endpoints: Endpoints) -> Iterator[str]:
    numbers = [koji.TASK_STATES[name] for name in _UNFINISHED]
    found = session(state, endpoints).listTasks({"state": numbers}, {"order": "id"})
    yield f"tasks    {len(found)} unfinished"
    for task in found:
        yield (
            f"  {task['id']:>6} {task['method']} ({task['arch']}) "
            f"{koji.TASK_STATES[task['state']].lower()}"
        )

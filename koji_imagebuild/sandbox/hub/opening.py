"""What a hub needs before it can serve: addresses, database, plugins."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox.hub import calls, moves, plugins
from koji_imagebuild.sandbox.hub.call import Site
from koji_imagebuild.sandbox.hub.database import Database
from koji_imagebuild.sandbox.hub.dispatch import Hub
from koji_imagebuild.sandbox.hub.uploads import Writing
from koji_imagebuild.sandbox.state import DEFAULT_PROFILE, Endpoints

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.sandbox.state import State

log = logging.getLogger(__name__)


def endpoints(state: State) -> Endpoints:
    """The addresses of a sandbox; a hub that is the first to start chooses them."""
    try:
        return state.endpoints()
    except FileNotFoundError:
        chosen = Endpoints(DEFAULT_PROFILE, _free_port(), _free_port())
        state.write_endpoints(chosen)
        return chosen


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_hub(state: State, addresses: Endpoints, hub_plugins: Path | None) -> Hub:
    """Open the database of a sandbox, repair what a kill left, load the plugins."""
    for folder in (state.topdir / "work", state.topdir / "repos", state.scm):
        folder.mkdir(parents=True, exist_ok=True)
    database = Database(state.database)
    journals = state.folder / "moves"
    for path in moves.recover(journals, database):
        log.warning("put back %s: the call that moved it was killed", path)
    methods = calls.methods()
    if hub_plugins is not None:
        # plugins may ask koji.pathinfo, as they may on a real hub
        koji.pathinfo.topdir = str(state.topdir)
        methods |= plugins.load(hub_plugins)
    paths = koji.PathInfo(topdir=str(state.topdir))
    return Hub(Site(paths, addresses.weburl, Writing(), methods), database, journals)

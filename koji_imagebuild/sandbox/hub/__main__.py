"""``python -m koji_imagebuild.sandbox.hub --state DIR``: the hub in the foreground."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
import threading
from pathlib import Path

import koji

from koji_imagebuild.sandbox.hub import calls, dispatch, moves, plugins, server
from koji_imagebuild.sandbox.hub.call import METHODS, Site
from koji_imagebuild.sandbox.hub.database import Database
from koji_imagebuild.sandbox.hub.uploads import Writing
from koji_imagebuild.sandbox.state import DEFAULT_PROFILE, Endpoints, State

log = logging.getLogger("koji_imagebuild.sandbox.hub")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="koji_imagebuild.sandbox.hub", description=calls.__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of the sandbox")
    parser.add_argument("--hub-plugins", type=Path, help="folder of hub plugins, all are loaded")
    parser.add_argument("--debug", action="store_true", help="log calls that change nothing too")
    options = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.DEBUG if options.debug else logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    state = State(options.state)
    endpoints = _endpoints(state)
    hub = open_hub(state, endpoints, options.hub_plugins)
    with server.serving(state, endpoints, hub):
        print("ready", flush=True)  # noqa: T201 -- whoever started the hub waits for this line
        log.info("serving %s and %s", endpoints.server, endpoints.files)
        stop.wait()
    hub.database.close()
    return 0


def _endpoints(state: State) -> Endpoints:
    """The addresses of this sandbox; a hub that is the first to start chooses them."""
    try:
        return state.endpoints()
    except FileNotFoundError:
        endpoints = Endpoints(DEFAULT_PROFILE, _free_port(), _free_port())
        state.write_endpoints(endpoints)
        return endpoints


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((server.LOOPBACK, 0))
        return int(probe.getsockname()[1])


def open_hub(state: State, endpoints: Endpoints, hub_plugins: Path | None) -> dispatch.Hub:
    """Open the database of a sandbox, repair what a kill left, load the plugins."""
    for folder in (state.topdir / "work", state.topdir / "repos", state.scm):
        folder.mkdir(parents=True, exist_ok=True)
    database = Database(state.database)
    journal = state.folder / "moves"
    for path in moves.recover(journal, database):
        log.warning("put back %s: the call that moved it was killed", path)
    methods = dict(METHODS)
    if hub_plugins is not None:
        # plugins may ask koji.pathinfo, as they may on a real hub
        koji.pathinfo.topdir = str(state.topdir)
        methods.update(plugins.load(hub_plugins))
    paths = koji.PathInfo(topdir=str(state.topdir))
    return dispatch.Hub(Site(paths, endpoints.weburl, Writing(), methods), database, journal)


if __name__ == "__main__":
    sys.exit(main())

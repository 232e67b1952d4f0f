"""``python -m koji_imagebuild.sandbox.hub --state DIR``: the hub in the foreground."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from koji_imagebuild.adapters.configuration import HUB_VARIABLE
from koji_imagebuild.sandbox.hub import opening, server
from koji_imagebuild.sandbox.state import State

log = logging.getLogger("koji_imagebuild.sandbox.hub")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="koji_imagebuild.sandbox.hub", description=__doc__)
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
    os.environ[HUB_VARIABLE] = str(state.hub_plugin_conf.resolve())
    endpoints = opening.endpoints(state)
    hub = opening.open_hub(state, endpoints, options.hub_plugins)
    with server.serving(state, endpoints, hub):
        print("ready", flush=True)  # noqa: T201 -- whoever started the hub waits for this line
        log.info("serving %s and %s", endpoints.server, endpoints.files)
        stop.wait()
    hub.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

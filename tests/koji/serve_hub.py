"""Serves an installed Koji's hub, with client certificates, and KojiDir; run by Koji's Python."""

from __future__ import annotations

import argparse
import signal
import ssl
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOOPBACK = "127.0.0.1"
THREADS = 16
HUB = "/usr/share/koji-hub"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True, help="hub.conf")
    parser.add_argument("--state", type=Path, required=True, help="with certs, koji and scm")
    parser.add_argument("--ports", type=int, nargs=2, required=True, help="hub, files")
    parser.add_argument("--more-modules", required=True, help="where cheroot may be found")
    options = parser.parse_args()
    sys.path.insert(0, HUB)
    # Last: Koji's own modules and what they need come from the system.
    sys.path.append(options.more_modules)
    servers = _servers(options)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [threading.Thread(target=server.serve, daemon=True) for server in servers]
    for server, thread in zip(servers, threads):
        server.prepare()
        thread.start()
    stop.wait()
    for server in servers:
        server.stop()
    return 0


def _servers(options: argparse.Namespace) -> list[Any]:
    from cheroot import wsgi  # noqa: PLC0415  # the path is complete only now
    from cheroot.ssl.builtin import BuiltinSSLAdapter  # noqa: PLC0415
    from kojiapp import application  # type: ignore[import-not-found]  # noqa: PLC0415

    from koji_imagebuild.sandbox.hub.files import Files  # noqa: PLC0415

    state = options.state
    applications = (
        _configured(application, options.config),
        Files({"kojifiles": state / "koji", "scm": state / "scm"}),
    )
    hub, files = (
        wsgi.Server((LOOPBACK, port), each, numthreads=THREADS, request_queue_size=64)
        for port, each in zip(options.ports, applications)
    )
    pem = str(state / "certs" / "server.pem")
    hub.ssl_adapter = BuiltinSSLAdapter(pem, pem)
    # Commands that need no login send no certificate.
    hub.ssl_adapter.context.verify_mode = ssl.CERT_OPTIONAL
    hub.ssl_adapter.context.load_verify_locations(str(state / "certs" / "ca.pem"))
    return [hub, files]


def _configured(application: Callable[..., Iterable[bytes]], config: Path) -> Callable[..., Any]:
    """The hub reads the place of its configuration from what mod_wsgi passes on (SetEnv)."""
    place = {"koji.hub.ConfigFile": str(config), "koji.hub.ConfigDir": f"{config}.d"}

    def configured(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return application({**environ, **place}, start)

    return configured


if __name__ == "__main__":
    sys.exit(main())

"""The two listeners: https with client certificates for the hub, plain http for files."""

from __future__ import annotations

import logging
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import koji
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from koji_imagebuild.sandbox.hub.files import Files
from koji_imagebuild.sandbox.hub.sessions import Peer, Ticket
from koji_imagebuild.sandbox.hub.wire import encode_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from koji_imagebuild.sandbox.hub.dispatch import Hub
    from koji_imagebuild.sandbox.hub.files import StartResponse
    from koji_imagebuild.sandbox.state import Endpoints, State

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
THREADS = 16
IDLE = 60
"""Seconds until a silent connection is closed; the command line polls every six."""


class Application:
    """The hub as a WSGI application."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            text = b"The sandbox has no web pages: ask the koji command line, or POST XML-RPC.\n"
            start("405 Method Not Allowed", _headers("text/plain", text, ("Allow", "POST")))
            return [text]
        answer = self._answer(environ)
        start("200 OK", _headers("text/xml", answer))
        return [answer]

    def _answer(self, environ: Mapping[str, Any]) -> bytes:
        verified = environ.get("SSL_CLIENT_VERIFY") == "SUCCESS"
        peer = Peer(environ.get("SSL_CLIENT_S_DN_CN", "") if verified else "")
        body = environ["wsgi.input"]
        try:
            ticket = Ticket.of(environ)
        except koji.AuthError as error:
            return encode_fault(error)
        if environ.get("CONTENT_TYPE") == "application/octet-stream":
            return self._hub.upload(ticket, peer, environ.get("QUERY_STRING", ""), body)
        return self._hub.answer(ticket, peer, body.read())


def _headers(kind: str, content: bytes, *more: tuple[str, str]) -> list[tuple[str, str]]:
    # with Koji-Version in every answer the client need not ask for it
    return [
        ("Koji-Version", koji.__version__),
        ("Content-Type", kind),
        ("Content-Length", str(len(content))),
        *more,
    ]


class _Server(wsgi.Server):
    expiration_interval = 0.1
    """Seconds between looks at idle connections; ending takes as long."""

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 -- cheroot calls it so
        log.log(level, "%s", msg, exc_info=traceback)


def _listener(port: int, application: Any) -> Any:
    return _Server(
        (LOOPBACK, port),
        application,
        numthreads=THREADS,
        request_queue_size=64,
        timeout=IDLE,
        shutdown_timeout=2,
    )


def _hub_listener(state: State, endpoints: Endpoints, hub: Hub) -> Any:
    server = _listener(endpoints.hub_port, Application(hub))
    pem = str(state.certs / "server.pem")
    adapter = BuiltinSSLAdapter(pem, pem)
    # commands that need no login send no certificate
    adapter.context.verify_mode = ssl.CERT_OPTIONAL
    adapter.context.load_verify_locations(str(state.certs / "ca.pem"))
    server.ssl_adapter = adapter
    return server


@contextmanager
def serving(state: State, endpoints: Endpoints, hub: Hub) -> Iterator[None]:
    """Both listeners accept while the block runs."""
    files = Files({"kojifiles": state.topdir, "scm": state.scm})
    servers = [_hub_listener(state, endpoints, hub), _listener(endpoints.files_port, files)]
    threads = [threading.Thread(target=server.serve, daemon=True) for server in servers]
    started = []
    try:
        for server, thread in zip(servers, threads):
            server.prepare()
            started.append(server)
            thread.start()
        yield
    finally:
        for server in started:
            server.stop()
        for thread in threads[: len(started)]:
            thread.join()

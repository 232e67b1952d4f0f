"""From a request to its answer: one transaction, the session's rules, the method, the fault."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import koji
import koji.util

from koji_imagebuild.sandbox.hub import kojihub, sessions, uploads, wire
from koji_imagebuild.sandbox.hub.call import Call, Site
from koji_imagebuild.sandbox.hub.moves import Mover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from koji_imagebuild.sandbox.hub.database import Database
    from koji_imagebuild.sandbox.hub.sessions import Peer, Ticket

log = logging.getLogger(__name__)

MULTICALL = ("multiCall", "system.multicall")

HEARTBEAT = "host.updateHost"
"""Comes several times a second from every builder: not for the log."""


@dataclass(frozen=True)
class Hub:
    """Everything a hub is made of.

    :param journals: folder of the journals of file moves, see moves.py
    """

    site: Site
    database: Database
    journals: Path

    def answer(self, ticket: Ticket | None, peer: Peer, body: bytes) -> bytes:
        """Run one XML-RPC request. Whatever happens, the answer is an XML-RPC document."""
        started = time.perf_counter()
        name = "?"
        try:
            request = wire.decode(body)
            name = request.method
            with self._call(ticket, peer, name) as call:
                answer = wire.encode(run(call, request))
                changed = call.db.changed
        except Exception as error:  # noqa: BLE001 -- a client repeats anything but a fault for minutes
            log.info("%s from %s: %s", name, peer.name or "anyone", error)
            return wire.encode_fault(error)
        milliseconds = (time.perf_counter() - started) * 1000
        level = logging.INFO if changed and name != HEARTBEAT else logging.DEBUG
        log.log(level, "%s from %s, %.1f ms", name, peer.name or "anyone", milliseconds)
        return answer

    def upload(self, ticket: Ticket | None, peer: Peer, query: str, body: BinaryIO) -> bytes:
        """Store a ``rawUpload``. The body is read after the transaction, at the client's speed."""
        try:
            chunk = uploads.RawUpload.of(query)
            with self._call(ticket, peer, "rawUpload") as call:
                call.session.assert_login()
                path = uploads.writable_path(call, chunk.folder, chunk.name)
                chunk.check(path)
            return wire.encode(chunk.store(path, body, self.site.writing))
        except Exception as error:  # noqa: BLE001 -- see answer
            log.info("upload from %s: %s", peer.name or "anyone", error)
            return wire.encode_fault(error)

    @contextmanager
    def _call(self, ticket: Ticket | None, peer: Peer, method: str) -> Iterator[Call]:
        with self.database.transaction() as db:
            session = sessions.open_session(db, ticket, method)
            mover = Mover(self.journals, db)
            try:
                with kojihub.serving(Call(self.site, db, session, peer, mover, method)) as call:
                    yield call
                sessions.close_call(db, session)
            except BaseException:
                mover.done()
                raise
        mover.done()


def run(call: Call, request: wire.Request) -> Any:
    if request.method in MULTICALL:
        return _multicall(call, *request.args)
    binder = call.site.methods.get(request.method)
    if binder is None:
        raise koji.GenericError(f"Invalid method: {request.method}")
    return koji.util.call_with_argcheck(binder(call), request.args, request.kwargs)


def _multicall(call: Call, calls: list[dict[str, Any]]) -> list[Any]:
    return [_part(call, entry) for entry in calls]


def _part(call: Call, entry: dict[str, Any]) -> Any:
    """One of several calls: its result in a list, or its fault as a dict; the others go on."""
    try:
        request = wire.Request.of(entry["methodName"], entry["params"])
        part = replace(call, method=request.method)
        with call.db.savepoint(), kojihub.serving(part):
            return [run(part, request)]
    except Exception as error:  # noqa: BLE001 -- see Hub.answer
        fault = wire.as_fault(error)
        return {"faultCode": fault.faultCode, "faultString": fault.faultString}

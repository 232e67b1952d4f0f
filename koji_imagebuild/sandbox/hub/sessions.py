"""Login by client certificate, and Koji's rules for sessions and call numbers."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.sandbox.hub.database import Row, Transaction

RENEWAL = 24 * 3600
"""Seconds until a session must be renewed; SessionRenewalTimeout of the hub."""

LOCK_FREE = ("exclusiveSession", "login", "sslLogin", "logout")
"""Methods open to a session whose user another session holds exclusively."""

REPEATABLE = (
    "host.taskWait",
    "host.taskUnwait",
    "host.taskSetWait",
    "host.updateHost",
    "host.setBuildRootState",
    "repoExpire",
    "repoDelete",
    "repoProblem",
)
"""Methods a client may send again although the first time succeeded: kojihub/auth.py:49."""


@dataclass(frozen=True)
class Peer:
    """Who is at the other end of the connection, as the TLS layer says.

    :param name: common name of the client's certificate, "" when it sent none
    """

    name: str


@dataclass(frozen=True)
class Ticket:
    """A client's session headers."""

    id: int
    key: str
    callnum: int | None

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Ticket | None:
        if "HTTP_KOJI_SESSION_ID" not in environ:
            return None
        try:
            callnum = environ.get("HTTP_KOJI_SESSION_CALLNUM")
            return cls(
                id=int(environ["HTTP_KOJI_SESSION_ID"]),
                key=str(environ.get("HTTP_KOJI_SESSION_KEY", "")),
                callnum=None if callnum is None else int(callnum),
            )
        except ValueError as error:
            raise koji.AuthError(f"invalid session headers: {error}") from None


@dataclass(frozen=True)
class Session:
    """Who calls. Without a login everything is empty."""

    id: int | None = None
    user_id: int | None = None
    user_name: str = ""
    host_id: int | None = None
    authtype: int | None = None
    master: int | None = None
    callnum: int | None = None
    exclusive: bool = False
    start_ts: float = 0.0
    perms: frozenset[str] = frozenset()

    @property
    def logged_in(self) -> bool:
        return self.user_id is not None

    def has_perm(self, name: str) -> bool:
        return name in self.perms

    def assert_perm(self, name: str) -> None:
        if not self.has_perm(name) and not self.has_perm("admin"):
            who = f"logged in as {self.user_name}" if self.logged_in else "user not logged in"
            raise koji.ActionNotAllowed(f"{name} permission required ({who})")

    def assert_login(self) -> None:
        if not self.logged_in:
            raise koji.ActionNotAllowed("you must be logged in for this operation")

    def require_user(self) -> int:
        """:returns: the user's id"""
        self.assert_login()
        assert self.user_id is not None  # noqa: S101 -- assert_login has raised
        return self.user_id

    def require_host(self) -> int:
        """The id of the builder that calls; its session must be exclusive."""
        if self.host_id is None:
            raise koji.AuthError(
                f"User {self.user_id} is not a host" if self.logged_in else "Not logged-in"
            )
        if not self.exclusive:
            raise koji.AuthError("This method requires an exclusive session")
        return self.host_id


ANONYMOUS = Session()


def open_session(db: Transaction, ticket: Ticket | None, method: str) -> Session:
    """Check the headers of a call.

    :raises koji.AuthError: and its children AuthExpired, AuthLockError, SequenceError, RetryError
    """
    if ticket is None:
        return ANONYMOUS
    row = db.one(
        "SELECT s.*, users.name AS user_name, users.status, host.id AS host_id,"
        " (SELECT e.id FROM sessions e WHERE e.user_id = s.user_id AND e.exclusive) AS holder"
        " FROM sessions s JOIN users ON users.id = s.user_id"
        " LEFT JOIN host ON host.user_id = s.user_id"
        " WHERE s.id = :id AND s.key = :key AND NOT s.closed",
        id=ticket.id,
        key=ticket.key,
    )
    if row is None:
        raise koji.AuthError("Invalid session or bad credentials")
    if row["expired"] or time.time() > row["renew_ts"] + RENEWAL:
        if method != "sslLogin":
            raise koji.AuthExpired(f'session "{ticket.id}" has expired')
        return Session(id=ticket.id, master=row["master"])
    _check_callnum(row["callnum"], ticket, method)
    if row["status"] != koji.USER_STATUS["NORMAL"]:
        raise koji.AuthError(f"logins by {row['user_name']} are not allowed")
    holder = row["holder"]
    exclusive = holder is not None and holder in (row["id"], row["master"])
    if holder is not None and not exclusive and method not in LOCK_FREE:
        raise koji.AuthLockError("User locked by another session")
    return _session(db, row, ticket, exclusive=exclusive)


def _check_callnum(last: int | None, ticket: Ticket, method: str) -> None:
    """A call number is kept only by calls that changed something (see :func:`close_call`).

    So a call that comes again with the stored number has been done; its answer was lost.
    """
    if ticket.callnum is None or last is None or ticket.callnum > last:
        return
    if ticket.callnum < last:
        raise koji.SequenceError(f"{last} > {ticket.callnum} (session {ticket.id})")
    if method not in REPEATABLE:
        raise koji.RetryError(
            f"unable to retry call {ticket.callnum} (method {method}) for session {ticket.id}"
        )


def _session(db: Transaction, row: Row, ticket: Ticket, *, exclusive: bool) -> Session:
    return Session(
        id=row["id"],
        user_id=row["user_id"],
        user_name=row["user_name"],
        host_id=row["host_id"],
        authtype=row["authtype"],
        master=row["master"],
        callnum=ticket.callnum,
        exclusive=exclusive,
        start_ts=row["start_ts"],
        perms=frozenset(user_perms(db, row["user_id"])),
    )


def user_perms(db: Transaction, user_id: int) -> list[str]:
    return db.column(
        "SELECT name FROM user_perms JOIN permissions ON permissions.id = perm_id"
        " WHERE user_id = :user_id AND revoke_event IS NULL ORDER BY name",
        user_id=user_id,
    )


def close_call(db: Transaction, session: Session) -> None:
    """Keep the number of a call that changed something."""
    if session.logged_in and session.callnum is not None and db.changed:
        db.change(
            "UPDATE sessions SET callnum = :callnum WHERE id = :id",
            callnum=session.callnum,
            id=session.id,
        )


def login(db: Transaction, peer: Peer, expired: Session) -> Row | None:
    """A new session, or the expired one with a new key.

    :param expired: the session of the headers, as :func:`open_session` returned it
    """
    if expired.logged_in:
        raise koji.AuthError("Already logged in")
    if not peer.name:
        raise koji.AuthError("could not verify client: no certificate")
    user = db.one("SELECT id, status FROM users WHERE name = :name", name=peer.name)
    if user is None:
        raise koji.AuthError(f"Unknown user: {peer.name}")
    if user["status"] != koji.USER_STATUS["NORMAL"]:
        raise koji.AuthError(f"logins by {peer.name} are not allowed")
    if expired.id is None:
        return create(db, user["id"], koji.AUTHTYPES["SSL"])
    return _renew(db, expired.id, user["id"])


def create(db: Transaction, user_id: int, authtype: int, master: int | None = None) -> Row:
    """:returns: what the client keeps as its ``sinfo``"""
    key = f"{user_id}-{secrets.token_urlsafe(18)}"
    now = time.time()
    session_id = db.insert(
        "sessions",
        user_id=user_id,
        key=key,
        master=master,
        authtype=authtype,
        start_ts=now,
        renew_ts=now,
    )
    return {"session-id": session_id, "session-key": key, "header-auth": True}


def _renew(db: Transaction, session_id: int, user_id: int) -> Row | None:
    """The client starts again at call number 0, so the stored one must go.

    :returns: None for a subsession whose master is closed; the client then gives up
    """
    if db.value(
        "SELECT m.closed FROM sessions s JOIN sessions m ON m.id = s.master WHERE s.id = :id",
        id=session_id,
    ):
        return None
    key = f"{user_id}-{secrets.token_urlsafe(18)}"
    found = db.change(
        "UPDATE sessions SET key = :key, renew_ts = :now, expired = 0, callnum = NULL"
        " WHERE id = :id AND user_id = :user_id",
        key=key,
        now=time.time(),
        id=session_id,
        user_id=user_id,
    )
    if not found:
        raise koji.AuthError("Invalid session or bad credentials")
    return {"session-id": session_id, "session-key": key, "header-auth": True}


def make_exclusive(db: Transaction, session: Session, *, force: bool) -> None:
    """:raises koji.AuthLockError: when another session holds the user and force is off"""
    if session.master is not None:
        raise koji.GenericError("subsessions cannot become exclusive")
    if session.exclusive:
        raise koji.GenericError("session is already exclusive")
    holder = db.value(
        "SELECT id FROM sessions WHERE user_id = :user_id AND exclusive", user_id=session.user_id
    )
    if holder is not None:
        if not force:
            raise koji.AuthLockError("Cannot get exclusive session")
        db.change(
            "UPDATE sessions SET exclusive = 0, expired = 1, closed = 1 WHERE id = :id", id=holder
        )
    db.change("UPDATE sessions SET exclusive = 1 WHERE id = :id", id=session.id)


def end(db: Transaction, session_id: int) -> None:
    """Close a session and its subsessions."""
    db.change(
        "UPDATE sessions SET exclusive = 0, expired = 1, closed = 1 WHERE id = :id OR master = :id",
        id=session_id,
    )

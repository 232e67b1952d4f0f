"""The hub itself: greetings, sessions, events, the list of methods."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import sessions
from koji_imagebuild.sandbox.hub.call import method

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("hello")
def hello(call: Call, *args: Any) -> str:
    del call, args
    return "Hello World"


@method("echo")
def echo(call: Call, *args: Any) -> tuple[Any, ...]:
    del call
    return args


@method("getKojiVersion")
def get_koji_version(call: Call) -> str:
    del call
    return str(koji.__version__)


@method("getAPIVersion")
def get_api_version(call: Call) -> int:
    del call
    return int(koji.API_VERSION)


@method("mavenEnabled")
def maven_enabled(call: Call) -> bool:
    del call
    return False


@method("winEnabled")
def win_enabled(call: Call) -> bool:
    del call
    return False


@method("login")
def login(call: Call, *args: Any, **opts: Any) -> None:
    del call, args, opts
    raise koji.AuthError("the sandbox knows its users by client certificate, not by password")


@method("sslLogin")
def ssl_login(
    call: Call,
    proxyuser: str | None = None,
    proxyauthtype: int | None = None,
    renew: bool = False,
    exclusive: bool | None = None,
) -> Row | None:
    del proxyauthtype, renew, exclusive
    if proxyuser:
        raise koji.AuthError(f"{call.peer.name} is not authorized to login other users")
    return sessions.login(call.db, call.peer, call.session)


@method("logout")
def logout(call: Call, session_id: int | None = None) -> None:
    if not call.session.logged_in:
        raise koji.AuthError("Not logged in")
    if session_id is not None and not call.session.has_perm("admin"):
        owner = call.db.value("SELECT user_id FROM sessions WHERE id = :id", id=session_id)
        if owner != call.session.user_id:
            raise koji.ActionNotAllowed("only admins or owner may logout other session")
    sessions.end(call.db, session_id or call.session.id or 0)


@method("logoutChild")
def logout_child(call: Call, session_id: int) -> None:
    call.session.assert_login()
    master = call.db.value("SELECT master FROM sessions WHERE id = :id", id=session_id)
    if master == call.session.id:
        sessions.end(call.db, session_id)


@method("subsession")
def subsession(call: Call) -> Row:
    user_id = call.session.require_user()
    authtype = call.session.authtype or 0
    master = call.session.master or call.session.id
    return sessions.create(call.db, user_id, authtype, master)


@method("exclusiveSession")
def exclusive_session(call: Call, force: bool = False) -> None:
    call.session.assert_login()
    sessions.make_exclusive(call.db, call.session, force=bool(force))


@method("sharedSession")
def shared_session(call: Call) -> None:
    call.session.assert_login()
    call.db.change("UPDATE sessions SET exclusive = 0 WHERE id = :id", id=call.session.id)


@method("getSessionInfo")
def get_session_info(call: Call, details: bool = False, user_id: Any = None) -> Row | None:
    del details, user_id
    session = call.session
    if not session.logged_in:
        return None
    return {
        "id": session.id,
        "user_id": session.user_id,
        "authtype": session.authtype,
        "master": session.master,
        "callnum": session.callnum,
        "exclusive": session.exclusive,
        "expired": False,
        "start_ts": session.start_ts,
    }


@method("showSession")
def show_session(call: Call) -> str:
    return f"session {call.session.id}: {call.session.user_name or 'not logged in'}"


@method("getEvent")
def get_event(call: Call, id: int, strict: bool = True) -> Row | None:
    row = call.db.one("SELECT id, ts FROM events WHERE id = :id", id=int(id))
    if row is None and strict:
        raise koji.GenericError(f"No such event: {id}")
    return row


@method("getLastEvent")
def get_last_event(call: Call, before: float | None = None, strict: bool = True) -> Row | None:
    row = call.db.one(
        "SELECT id, ts FROM events WHERE :before IS NULL OR ts < :before ORDER BY id DESC LIMIT 1",
        before=before,
    )
    if row is None and strict:
        raise koji.GenericError("No event before that time")
    return row


@method("_listapi")
def list_api(call: Call) -> list[Row]:
    api = []
    for name, binder in sorted(call.site.methods.items()):
        function = binder(call)
        bare = [
            p.replace(annotation=p.empty) for p in inspect.signature(function).parameters.values()
        ]
        api.append(
            {
                "name": name,
                "doc": inspect.getdoc(getattr(function, "func", function)),
                "argdesc": str(inspect.Signature(bare)),
                "args": [p.name if p.default is p.empty else [p.name, p.default] for p in bare],
            }
        )
    return api


@method("system.listMethods")
def list_methods(call: Call) -> list[str]:
    return sorted(call.site.methods)


@method("system.methodHelp")
def method_help(call: Call, method: str) -> str:
    found = next((entry for entry in list_api(call) if entry["name"] == method), None)
    return "" if found is None else f"{method}{found['argdesc']}"

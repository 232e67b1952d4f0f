"""Call numbers, exclusive sessions and renewal: what makes clients and builders safe to retry."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import koji
import pytest

if TYPE_CHECKING:
    from .clients import Sandbox


@pytest.fixture
def session(sandbox: Sandbox) -> Any:
    return sandbox.login("admin")


def test_a_call_that_changed_nothing_may_come_again(session: Any) -> None:
    session.getTag("minidist-build")
    session.callnum -= 1
    assert session.getTag("minidist-build")["name"] == "minidist-build"


def test_a_call_that_changed_something_may_not(session: Any) -> None:
    session.createTag("once")
    session.callnum -= 1
    with pytest.raises(koji.RetryError, match="unable to retry call"):
        session.createTag("once")


def test_a_call_that_failed_may_come_again(session: Any) -> None:
    with pytest.raises(koji.GenericError, match="No such tagInfo"):
        session.createBuildTarget("halfway", "minidist-build", "nowhere")
    session.callnum -= 1
    session.createBuildTarget("halfway", "minidist-build", "minidist-candidate")


def test_numbers_never_go_back(session: Any) -> None:
    session.createTag("sequence-1")
    session.createTag("sequence-2")
    session.callnum = 0
    with pytest.raises(koji.SequenceError):
        session.createTag("sequence-3")


def test_what_builders_repeat_may_come_again(sandbox: Sandbox) -> None:
    host = sandbox.builder.session
    host.host.updateHost(0.5, ready=True)
    host.callnum -= 1
    host.host.updateHost(0.5, ready=True)


def test_an_exclusive_session_keeps_others_out(sandbox: Sandbox) -> None:
    other = sandbox.login("builder")
    with pytest.raises(koji.AuthLockError, match="User locked by another session"):
        other.host.getID()
    with pytest.raises(koji.AuthLockError, match="Cannot get exclusive session"):
        other.exclusiveSession()


def test_force_takes_it_over(sandbox: Sandbox) -> None:
    old, new = sandbox.login("releng"), sandbox.login("releng")
    old.exclusiveSession()
    new.exclusiveSession(force=True)
    with pytest.raises(koji.AuthError, match="Invalid session"):
        old.hello()
    new.logout()
    assert sandbox.releng.getLoggedInUser()["name"] == "releng"


def test_a_subsession_shares_the_lock(sandbox: Sandbox) -> None:
    child = sandbox.builder.session.subsession()
    assert child.host.getID() == sandbox.builder.session.host.getID()
    sandbox.builder.session.logoutChild(child.sinfo["session-id"])
    with pytest.raises(koji.AuthError, match="Invalid session"):
        child.host.getID()


def test_only_builders_with_the_lock_are_hosts(sandbox: Sandbox) -> None:
    with pytest.raises(koji.AuthError, match="is not a host"):
        sandbox.admin.host.getTasks()
    with pytest.raises(koji.AuthError, match="Not logged-in"):
        sandbox.anonymous().host.getTasks()


def test_a_session_that_is_over(sandbox: Sandbox) -> None:
    session = sandbox.login("admin")
    ticket = dict(session.sinfo)
    session.logout()
    session.setSession(ticket)
    with pytest.raises(koji.AuthError, match="Invalid session"):
        session.hello()


def expire(sandbox: Sandbox, session: Any) -> None:
    with sqlite3.connect(sandbox.state.database) as database:
        database.execute("UPDATE sessions SET renew_ts = 0 WHERE id = ?",
                         [session.sinfo["session-id"]])  # fmt: skip
    database.close()


def test_an_expired_session_is_renewed_under_the_same_id(sandbox: Sandbox, session: Any) -> None:
    session.createTag("before-renewal")
    before = dict(session.sinfo)
    expire(sandbox, session)
    session.createTag("after-renewal")
    session.createTag("and-on")
    assert session.sinfo["session-id"] == before["session-id"]
    assert session.sinfo["session-key"] != before["session-key"]


def test_nobody_renews_a_session_of_another(sandbox: Sandbox, session: Any) -> None:
    expire(sandbox, session)
    thief = sandbox.login("nobody")
    thief.setSession(dict(session.sinfo))
    with pytest.raises(koji.AuthError, match="Invalid session or bad credentials"):
        thief.hello()

"""What any client meets: logins, faults, named arguments, several calls in one."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import koji
import pytest
from koji import xmlrpcplus

if TYPE_CHECKING:
    from .clients import Sandbox


def post(sandbox: Sandbox, body: bytes | None) -> bytes:
    context = ssl.create_default_context(cafile=str(sandbox.state.certs / "ca.pem"))
    request = urllib.request.Request(
        sandbox.state.endpoints().server, body, {"Content-Type": "text/xml"}
    )
    with urllib.request.urlopen(request, context=context) as answer:
        return bytes(answer.read())


def test_login_by_certificate(sandbox: Sandbox) -> None:
    user = sandbox.releng.getLoggedInUser()
    assert (user["name"], user["authtype"]) == ("releng", koji.AUTHTYPES["SSL"])


def test_without_a_login(sandbox: Sandbox) -> None:
    session = sandbox.anonymous()
    assert session.getLoggedInUser() is None
    assert session.getAPIVersion() == 1
    assert session.getTag("minidist-build")["arches"] == "x86_64"
    with pytest.raises(koji.ActionNotAllowed, match="not logged in"):
        session.createTag("x")


def test_a_certificate_of_nobody_known(sandbox: Sandbox) -> None:
    sandbox.admin.createUser("gone")
    sandbox.admin.disableUser("nobody")
    try:
        with pytest.raises(koji.AuthError, match="logins by nobody are not allowed"):
            sandbox.login("nobody")
        with pytest.raises(koji.AuthError, match="logins by nobody are not allowed"):
            sandbox.nobody.hello()
    finally:
        sandbox.admin.enableUser("nobody")


def test_a_stranger_gets_no_session(sandbox: Sandbox) -> None:
    with pytest.raises(koji.AuthError, match="could not verify client"):
        sandbox.anonymous().callMethod("sslLogin")


def test_no_passwords(sandbox: Sandbox) -> None:
    with pytest.raises(koji.AuthError, match="client certificate, not by password"):
        sandbox.anonymous().callMethod("login", "admin", "secret")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (("noSuchThing",), koji.GenericError, "Invalid method: noSuchThing"),
        (("getTag",), koji.ParameterError, "missing 1 required positional argument: 'tagInfo'"),
        (("getTag", "x", 1, 2, 3, 4), koji.ParameterError, "takes from 2 to 5 positional"),
        (("getBuild", "x-1-1", True), koji.GenericError, "No such build: 'x-1-1'"),
        (("getBuild", [1]), koji.GenericError, "Invalid type for argument"),
    ],
)
def test_faults(
    sandbox: Sandbox, call: tuple[object, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sandbox.anonymous().callMethod(*call)


def test_named_arguments_none_and_long_integers(sandbox: Sandbox) -> None:
    session = sandbox.anonymous()
    assert session.getTag(tagInfo="minidist-build", strict=True)["name"] == "minidist-build"
    values = [None, 2**40, True, {"a": [1.5, "ü"]}]
    assert session.echo(*values) == values


def test_garbage_is_answered_by_a_fault(sandbox: Sandbox) -> None:
    for body in (b"no xml at all", b"<methodCall/>", b""):
        with pytest.raises(xmlrpcplus.Fault, match="Invalid request"):
            xmlrpcplus.loads(post(sandbox, body))


def test_an_entity_bomb_is_answered_by_a_fault(sandbox: Sandbox) -> None:
    bomb = b"""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
    <methodCall><methodName>echo</methodName><params><param><value>&b;</value></param></params>
    </methodCall>"""
    with pytest.raises(xmlrpcplus.Fault, match="EntitiesForbidden"):
        xmlrpcplus.loads(post(sandbox, bomb))


def test_an_error_nobody_thought_of_is_a_fault_too(sandbox: Sandbox) -> None:
    with pytest.raises(xmlrpcplus.Fault, match="OverflowError") as fault:
        sandbox.anonymous().getEvent("9" * 30)
    assert fault.value.faultCode == 1


def test_no_web_pages(sandbox: Sandbox) -> None:
    with pytest.raises(urllib.error.HTTPError, match="405") as error:
        post(sandbox, None)
    error.value.close()


def test_several_calls_in_one_each_on_its_own(sandbox: Sandbox) -> None:
    with sandbox.admin.multicall() as calls:
        made = calls.createTag("multi")
        again = calls.createTag("multi")
        seen = calls.getTag("multi")
    assert isinstance(made.result, int)
    with pytest.raises(koji.GenericError, match="already exists"):
        str(again.result)
    assert seen.result["name"] == "multi"


def test_every_call_of_several_has_an_event_of_its_own(sandbox: Sandbox) -> None:
    with sandbox.admin.multicall() as calls:
        calls.createTag("event-1")
        calls.createTag("event-2")
    first, second = (sandbox.admin.tagLastChangeEvent(f"event-{n}") for n in (1, 2))
    assert second == first + 1


def test_many_at_once(sandbox: Sandbox) -> None:
    def work(number: int) -> list[int]:
        session = sandbox.login("admin")
        tasks = [session.makeTask("kiwiBuild", [number]) for _ in range(10)]
        session.rawUpload(b"x" * (1 << 20), 0, f"cli-many/{number}", "a")
        return tasks

    with ThreadPoolExecutor(8) as pool:
        tasks = [task for done in pool.map(work, range(8)) for task in done]
    assert len(set(tasks)) == 80


def test_the_api_is_listed(sandbox: Sandbox) -> None:
    api = {entry["name"]: entry for entry in sandbox.anonymous().callMethod("_listapi")}
    assert api["getTag"]["argdesc"] == "(tagInfo, strict=False, event=None, blocked=False)"
    assert "host.completeImageBuild" in api

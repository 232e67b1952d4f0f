"""The whole command on a session in memory: what is printed where, and the exit status."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import koji
import pytest

from koji_imagebuild.cli import command

from .fakes import Session, result

URL = "git+https://example.org/descriptions#main"
WORDS = ["kiwi", "minidist", URL, "a.kiwi"]
PARENT: dict[str, Any] = {
    "id": 41,
    "method": "imageBuildLocal",
    "state": koji.TASK_STATES["CLOSED"],
    "arch": "noarch",
    "host_id": 1,
    "create_ts": 10.0,
    "start_ts": 11.0,
    "completion_ts": 30.0,
    "request": ["minidist", [], "kiwi", {}, {}],
}
CHILD: dict[str, Any] = {
    **PARENT,
    "id": 42,
    "method": "createKiwiImage",
    "request": [
        *("minidist-Disk", "1.0.0", "3", "x86_64", {"name": "minidist"}, 5),
        *({"id": 7, "create_event": 9}, URL, "a.kiwi", {"scratch": False}),
    ],
}
BUILD = {
    "build_id": 9,
    "name": "minidist-Disk",
    "version": "1.0.0",
    "release": "3",
    "state": koji.BUILD_STATES["COMPLETE"],
}


def goptions(**changed: Any) -> SimpleNamespace:
    values = {
        "debug": False,
        "profile": "koji",
        "quiet": False,
        "server": "https://h/kojihub",
        "weburl": "https://h/koji",
        "topurl": "https://h/kojifiles",
        "topdir": "/mnt/koji",
        "poll_interval": 1,
        "max_retries": 3,
        "retry_interval": 20,
    }
    return SimpleNamespace(**{**values, **changed})


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(command, "activate_session", lambda session, _goptions: session.hello())
    monkeypatch.setattr("sys.argv", ["/usr/bin/koji"])
    monkeypatch.setattr(command, "_running_in_bg", lambda: True)
    return Session(
        hello=None,
        imageBuildLocal=41,
        getHost={"name": "builder"},
        getTaskInfo=PARENT,
        getTaskChildren=[CHILD],
        getTaskResult=result(42, "x86_64").to_wire(),
        listBuilds=[BUILD],
        listTags=[{"name": "minidist-candidate"}],
    )


def run(session: Session, *words: str, **changed: Any) -> int:
    return command.image_build_local(goptions(**changed), session, [*WORDS, *words])


def test_in_the_background_it_only_submits(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session) == 0
    assert capsys.readouterr().out == (
        "Created task: 41\nTask info: https://h/koji/taskinfo?taskID=41\n"
    )
    assert [name for name, _, _ in session.calls] == ["hello", "imageBuildLocal"]


def test_it_watches_to_the_end(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "--wait") == 0
    out = capsys.readouterr().out
    assert "Created task: 41\n" in out
    assert " x86_64  42 createKiwiImage  done after 0:19, 1 image, 31.6 MB\n" in out
    assert "\nBuilt minidist-Disk-1.0.0-3, tagged into minidist-candidate\n" in out


def test_a_failure_is_an_exit_status(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.answers["getTaskInfo"] = {**PARENT, "state": koji.TASK_STATES["FAILED"]}
    session.answers["getTaskChildren"] = []
    session.answers["getTaskResult"] = koji.BuildError("Package minidist-Disk is not listed")
    assert run(session, "--wait") == 1
    assert capsys.readouterr().out.endswith(
        "\n41 imageBuildLocal failed\n\n  Package minidist-Disk is not listed\n"
    )


def test_json_is_alone_on_standard_output(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session, "--wait", "--json") == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert (told["task"], told["state"], told["build"]) == (41, "CLOSED", "minidist-Disk-1.0.0-3")
    assert list(told["arches"]) == ["x86_64"]
    assert "Created task: 41" in captured.err


def test_json_without_waiting(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "FREE"


def test_quiet_prints_nothing(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(session, "--wait", quiet=True) == 0
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_says_how_to_go_on(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.answers["getTaskChildren"] = KeyboardInterrupt()
    assert run(session, "--wait") == 130
    assert "Watch it with 'koji watch-task 41', end it with 'koji cancel 41'" in (
        capsys.readouterr().out
    )


def test_the_profile_is_part_of_the_advice(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.answers["getTaskChildren"] = KeyboardInterrupt()
    run(session, "--wait", profile="sandbox")
    assert "'koji -p sandbox watch-task 41'" in capsys.readouterr().out


def test_a_hub_that_never_comes_back(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.answers["getTaskChildren"] = ConnectionResetError("reset")
    assert run(session, "--wait", max_retries=1, retry_interval=1) == 1
    captured = capsys.readouterr()
    assert "error: The hub has not answered for 0:0" in captured.err
    assert "koji watch-task 41" in captured.err


def test_a_hub_that_refuses_to_show_the_task(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.answers["getTaskChildren"] = koji.GenericError("no such database")
    assert run(session, "--wait") == 1
    assert capsys.readouterr().err == (
        "error: no such database\n       Task 41 goes on. Watch it with 'koji watch-task 41',"
        " end it with 'koji cancel 41'.\n"
    )


def test_a_refusal_is_one_sentence(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.answers["imageBuildLocal"] = koji.GenericError("No matching build target found: x")
    assert run(session) == 1
    assert capsys.readouterr() == ("", "error: No matching build target found: x\n")


def test_wrong_arguments_need_no_hub(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.image_build_local(goptions(), session, ["kiwi"]) == 2
    assert session.calls == []
    assert capsys.readouterr().err.startswith("error: the following arguments are required")

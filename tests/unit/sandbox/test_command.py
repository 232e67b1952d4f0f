"""``koji-sandbox`` where there is nothing to start, and what it refuses."""

from __future__ import annotations

import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import Misconfigured, PreflightError
from koji_imagebuild.sandbox import command, start
from koji_imagebuild.sandbox.start import Sandbox
from koji_imagebuild.sandbox.state import Endpoints, State

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


def stopped(folder: Path) -> State:
    """Make a sandbox that was started once and does not run."""
    state = State(folder)
    state.write_endpoints(Endpoints(f"sandbox-{folder.name}", 1, 2))
    return state


@pytest.mark.parametrize("words", [["stop"], ["reset", "--yes"], ["shell"]])
def test_without_a_sandbox_the_command_says_so(
    words: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(words) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: there is no sandbox in {home}/.local/state/koji-sandbox")
    assert "koji-sandbox start" in told


def test_status_is_3_when_it_does_not_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["status"]) == command.NOT_RUNNING
    assert "there is no sandbox" in capsys.readouterr().out
    stopped(home / "box")
    assert command.main(["status", "--state", str(home / "box")]) == command.NOT_RUNNING
    told = capsys.readouterr().out
    assert "profiles sandbox-box, sandbox-box-admin" in told
    assert "builder  not running" in told


def test_the_folder_may_be_given_before_or_after_the_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped(home / "box")
    assert command.main(["--state", str(home / "box"), "stop"]) == 0
    assert command.main(["stop", "--state", str(home / "box")]) == 0
    assert capsys.readouterr().out == "it was not running\n" * 2


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), (None, 1), ("y", 0)])
def test_reset_asks(
    answer: str | None, code: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(_question: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", reply)
    stopped(home / "box")
    assert command.main(["reset", "--state", str(home / "box")]) == code
    assert (home / "box").exists() == (code == 1)


def test_reset_removes_the_profile_with_it(home: Path) -> None:
    state = stopped(home / "box")
    profile = home / ".koji" / "config.d" / "koji-sandbox-box.conf"
    profile.parent.mkdir(parents=True)
    profile.write_text(
        f"# Written by koji-sandbox for {state.folder}; its reset removes this file."
    )
    assert command.main(["reset", "--yes", "--state", str(home / "box")]) == 0
    assert not profile.exists()


def test_a_folder_that_is_no_sandbox_is_neither_taken_nor_removed(home: Path) -> None:
    (home / "precious").mkdir()
    (home / "precious" / "thesis").touch()
    assert command.main(["reset", "--yes", "--state", str(home / "precious")]) == 1
    with pytest.raises(Misconfigured, match="is not empty and no sandbox"):
        Sandbox(State(home / "precious"))._endpoints()
    assert (home / "precious" / "thesis").exists()


def test_only_root_may_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sandbox = Sandbox(State.default())
    with pytest.raises(PreflightError, match="needs root"):
        sandbox.start(lambda _line: None)
    assert not sandbox.stop(lambda _line: None)
    assert not sandbox.state.folder.exists()


def test_a_new_sandbox_gets_free_ports_and_keeps_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        monkeypatch.setattr(start, "PREFERRED_PORTS", (busy, busy))
        sandbox = Sandbox(State(home / "box"))
        sandbox.state.folder.mkdir()
        endpoints = sandbox._endpoints()
        assert len({busy, endpoints.hub_port, endpoints.files_port}) == 3
    assert sandbox._endpoints() == endpoints
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", endpoints.files_port))
        taken.listen()
        with pytest.raises(PreflightError, match=f"port {endpoints.files_port} .* is taken"):
            sandbox._endpoints()


def test_its_folder_is_closed_to_others(home: Path) -> None:
    sandbox = Sandbox(State(home / "box"))
    with sandbox._alone():
        assert stat.S_IMODE((home / "box").stat().st_mode) == 0o700

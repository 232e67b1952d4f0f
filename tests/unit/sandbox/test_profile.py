"""The koji profiles of a sandbox."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from koji_imagebuild.errors import Misconfigured
from koji_imagebuild.sandbox import profile
from koji_imagebuild.sandbox.profile import ProfileFile
from koji_imagebuild.sandbox.state import Endpoints, State


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return tmp_path


def file_of(folder: Path) -> ProfileFile:
    folder.mkdir(parents=True, exist_ok=True)
    state = State(folder)
    return ProfileFile(state, Endpoints(profile.name(state), 8443, 8080))


def test_names(home: Path) -> None:
    assert profile.name(State.default()) == "sandbox"
    assert profile.name(State(home / "ci")) == "sandbox-ci"
    with pytest.raises(Misconfigured, match="cannot give its name"):
        profile.name(State(home / "my box"))


def test_it_is_written_for_koji_and_removed(home: Path) -> None:
    file = file_of(State.default().folder)
    file.write()
    file.write()
    assert file.path == home / ".koji" / "config.d" / "koji-sandbox.conf"
    read = configparser.ConfigParser()
    read.read(file.path)
    assert read.sections() == ["sandbox", "sandbox-admin", "sandbox-nobody"]
    assert read["sandbox"]["server"] == "https://127.0.0.1:8443/kojihub"
    assert read["sandbox"]["topurl"] == "http://127.0.0.1:8080/kojifiles"
    assert read["sandbox"]["cert"].endswith("/certs/releng.pem")
    assert read["sandbox-admin"]["cert"].endswith("/certs/admin.pem")
    assert Path(read["sandbox"]["plugin_paths"]).name == "cli_plugin"
    file.remove()
    assert not file.path.exists()


def test_somebody_elses_file_stays(home: Path) -> None:
    file = file_of(home / "box")
    file.path.parent.mkdir(parents=True)
    file.path.write_text("[sandbox-box]\nserver = https://koji.example.com/kojihub\n")
    with pytest.raises(Misconfigured, match="belongs to somebody else"):
        file.write()
    file.remove()
    assert "example.com" in file.path.read_text()


def test_another_sandbox_of_that_name_keeps_its_file(home: Path) -> None:
    first, second = file_of(home / "a" / "box"), file_of(home / "b" / "box")
    first.write()
    with pytest.raises(Misconfigured, match=f"belongs to {home / 'a' / 'box'}"):
        second.write()
    second.remove()
    assert first.path.exists()
    first.state.folder.rmdir()
    second.write()
    assert str(home / "b") in second.path.read_text()

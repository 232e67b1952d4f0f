"""Small parts: the machine, root repositories, sources, and what stands for a Koji."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.cli.tool_command import Source
from koji_imagebuild.errors import Infrastructure, PreflightError, RequestError
from koji_imagebuild.here import koji_less, machine, repositories
from koji_imagebuild.here.progress import Nowhere
from koji_imagebuild.here.sources import HereSources
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.model.source import Location

if TYPE_CHECKING:
    from pathlib import Path


def test_root_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(PreflightError, match="needs root") as caught:
        machine.check()
    assert "sudo" in caught.value.repair


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "dnf" else name)

    with pytest.raises(PreflightError, match="has no dnf") as caught:
        machine.check()
    assert "apt-get install dnf" in caught.value.repair


def test_only_this_machines_arch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "i686")

    assert machine.arch(()) == machine.arch(("i386", "i586")) == "i386"
    with pytest.raises(RequestError, match="this machine builds i386 only"):
        machine.arch(("x86_64",))


def test_addresses_for_dnf() -> None:
    repo = Repo("https://a/$releasever/$basearch/os/", priority=3)

    assert repositories.addresses([repo], "x86_64", "44") == ("https://a/44/x86_64/os",)
    with pytest.raises(RequestError, match="no value here"):
        repositories.addresses([repo], "x86_64", None)
    with pytest.raises(RequestError, match="is a mirrorlist"):
        repositories.addresses([Repo("https://a/m", kind="mirrorlist")], "x86_64", None)


def test_nobody_is_asked() -> None:
    hub, bash = koji_less.NoHub("x86_64"), Rpm("bash", None, "5", "1", "noarch", "", 1, 1)

    assert hub.build_tag(koji_less.TARGET).host_devices
    assert hub.knows_file_type("disk.never-heard-of")
    assert hub.resolve([bash]).not_looked_up == (bash,)
    assert not koji_less.Alone().elsewhere()


@pytest.fixture
def sources(tmp_path: Path) -> HereSources:
    (tmp_path / "work").mkdir()
    return HereSources(tmp_path / "work", Nowhere())


def test_a_folder_as_it_was_when_it_was_packed(sources: HereSources, tmp_path: Path) -> None:
    description = tmp_path / "description"
    description.mkdir()
    (description / "a.kiwi").write_text("before")
    location = sources.pack(Source({}, description))
    (description / "a.kiwi").write_text("after")

    for number in range(2):
        found = sources.fetch(location, tmp_path / f"root-{number}" / "source")
        assert (found.folder / "a.kiwi").read_text() == "before"
        assert found.location == location
    assert not sources.log.exists()


def test_a_file_is_a_folder_with_just_this(sources: HereSources, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "more").touch()
    location = sources.pack(Source({}, file=tmp_path / "mine.json", upload_as="manifest.json"))

    found = sources.fetch(location, tmp_path / "source").folder
    assert [path.name for path in found.iterdir()] == ["manifest.json"]
    assert sources.pack(Source({"url": "git+https://a/b#c"})) == Location()


def test_what_cannot_be_fetched(sources: HereSources, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="only git"):
        sources.fetch(Location(url="svn://127.0.0.1/a?b#1"), tmp_path / "a")
    with pytest.raises(Infrastructure, match=r"127\.0\.0\.1"):
        sources.fetch(Location(url="git+http://127.0.0.1:1/a#main"), tmp_path / "b")
    assert sources.fetch(Location(), tmp_path / "c").folder == tmp_path / "c"

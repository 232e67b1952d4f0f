"""The output folder: never written over, never half there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import RequestError, ToolFailed
from koji_imagebuild.here import output
from koji_imagebuild.here.output import UNFINISHED, taken
from koji_imagebuild.model.result import FileSum

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "disk.qcow2"
    path.write_text("bits")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "disk-1-1"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_build_that_ends_well(folder: Path, made: Path) -> None:
    with taken(folder) as files:
        assert names(folder) == {UNFINISHED}
        files.put(made, "disk.qcow2")
        files.put(made, "disk.qcow2")
        files.finish([FileSum("disk.qcow2", 4, "ab" * 32)])

    assert names(folder) == {"disk.qcow2", "SHA256SUMS"}
    assert (folder / "SHA256SUMS").read_text() == f"{'ab' * 32}  disk.qcow2\n"


def test_a_finished_one_is_not_overwritten(folder: Path, made: Path) -> None:
    with taken(folder) as files:
        files.put(made, "disk.qcow2")
        files.finish([])

    with pytest.raises(RequestError, match="nothing is overwritten") as caught, taken(folder):
        pass
    assert "--output DIR" in caught.value.repair
    assert (folder / "disk.qcow2").read_text() == "bits"


def failed(folder: Path, made: Path, problem: BaseException) -> None:
    def build() -> None:
        with taken(folder) as files:
            files.put(made, "20-kiwi-prepare.log")
            raise problem

    with pytest.raises(type(problem)):
        build()


def test_what_failed_is_kept_until_the_next_build(folder: Path, made: Path) -> None:
    failed(folder, made, ToolFailed("no"))
    assert names(folder) == {UNFINISHED, "20-kiwi-prepare.log"}

    with taken(folder):
        assert names(folder) == {UNFINISHED}


def test_two_builds_do_not_share_one(folder: Path, made: Path) -> None:
    with taken(folder) as files:
        files.put(made, "disk.qcow2")

        with pytest.raises(RequestError, match="Another build is writing into"), taken(folder):
            pass
        assert (folder / "disk.qcow2").exists()


def test_what_is_interrupted_leaves_nothing(folder: Path, made: Path) -> None:
    failed(folder, made, KeyboardInterrupt())
    assert not folder.exists()

    failed(folder, made, ToolFailed("no"))
    failed(folder, made, KeyboardInterrupt())
    assert not folder.exists()

    folder.mkdir()
    failed(folder, made, KeyboardInterrupt())
    assert names(folder) == set()


def test_somebodys_folder_is_left_alone(folder: Path) -> None:
    (folder / "mine").mkdir(parents=True)
    with pytest.raises(RequestError, match="nothing is overwritten"), taken(folder):
        pass

    (folder / UNFINISHED).touch()
    with pytest.raises(RequestError, match="mine is in the way"), taken(folder):
        pass
    assert (folder / "mine").is_dir()


@pytest.mark.usefixtures("as_root")
def test_another_users_folder_is_refused(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 65534, 65534)

    with pytest.raises(RequestError, match="belongs to another user"), taken(folder):
        pass


def test_the_mark_is_no_way_to_another_file(folder: Path, made: Path) -> None:
    folder.mkdir()
    (folder / UNFINISHED).symlink_to(made)

    with pytest.raises(OSError, match="symbolic links"), taken(folder):
        pass
    assert made.read_text() == "bits"


@pytest.mark.parametrize("name", ["no-such/disk", "disk.qcow2"])
def test_no_folder_can_be_made(tmp_path: Path, made: Path, name: str) -> None:
    with pytest.raises(RequestError, match=r"does not exist|is no folder"), taken(tmp_path / name):
        pass


@pytest.mark.usefixtures("as_root")
def test_whoever_called_sudo_gets_the_files(
    folder: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", "65534")
    monkeypatch.setenv("SUDO_GID", "65534")
    with taken(folder) as files:
        files.put(made, "disk.qcow2")

    assert (folder / "disk.qcow2").stat().st_uid == folder.stat().st_uid == 65534


@pytest.mark.parametrize("value", ["", "-1", "root"])
def test_nobody_called_sudo(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SUDO_UID", value)
    monkeypatch.setenv("SUDO_GID", "0")

    assert output.caller() == (0, 0)

"""A folder becomes a git repository that plain http can serve."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.sandbox import scm
from koji_imagebuild.sandbox.state import State

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "descriptions"
    (folder / "minidist").mkdir(parents=True)
    (folder / "minidist" / "config.sh").write_text("#!/bin/bash\r\n")
    (folder / "minidist" / "config.sh").chmod(0o755)
    (folder / "minidist" / "minidist.kiwi").write_text("<image/>")
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "kept.log").write_text("log")
    return folder


def git(state: State, *arguments: str) -> str:
    repository = str(state.scm / "descriptions")
    argv = ["git", "-c", "safe.directory=*", "-C", repository, *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_everything_is_in_it_with_its_mode_bits(folder: Path, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    commit = scm.publish(state, folder, "descriptions")
    listed = git(state, "ls-tree", "-r", "--format=%(objectmode) %(path)", commit).splitlines()
    assert listed == [
        "100644 .gitignore",
        "100644 kept.log",
        "100755 minidist/config.sh",
        "100644 minidist/minidist.kiwi",
    ]
    size = git(state, "cat-file", "-s", f"{commit}:minidist/config.sh")
    assert int(size) == len("#!/bin/bash\r\n")
    assert commit in (state.scm / "descriptions" / "info" / "refs").read_text()


def test_nothing_changed_is_no_commit(folder: Path, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    first = scm.publish(state, folder, "descriptions")
    assert scm.publish(state, folder, "descriptions") == first
    (folder / "minidist" / "config.sh").chmod(0o644)
    second = scm.publish(state, folder, "descriptions")
    assert second != first
    assert git(state, "rev-list", "main").split() == [second, first]
    (folder / "kept.log").unlink()
    scm.publish(state, folder, "descriptions")
    assert "kept.log" not in git(state, "ls-tree", "-r", "main")


def test_it_can_be_cloned(folder: Path, tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    scm.publish(state, folder, "descriptions")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(state.scm / "descriptions"), str(clone)], check=True)
    assert (clone / "minidist" / "config.sh").stat().st_mode & 0o111


def test_no_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="is no folder"):
        scm.publish(State(tmp_path), tmp_path / "missing", "x")

"""What an earlier build left, by task and by build, and nothing else in its place."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.adapters import kept_files
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.adapters.sources import KojidSources
from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.model.kept import KeptFile
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.source import Location

from .koji_side import running

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b'{"version": "2"}'
KEPT = KeptFile(42, NVR("disk", "1", "2"), "disk-1-2.json", hashlib.sha256(TEXT).hexdigest())


def put(top: Path, *, in_task: bool, text: bytes = TEXT) -> None:
    paths = koji.PathInfo(topdir=str(top))
    build = {"name": "disk", "version": "1", "release": "2"}
    folder = top / (paths.task(42) if in_task else paths.imagebuild(build))
    folder.mkdir(parents=True)
    (folder / KEPT.file).write_bytes(text)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("in_task", [True, False])
def test_of_the_task_or_of_the_build(tmp_path: Path, into: Path, *, in_task: bool) -> None:
    put(tmp_path / "koji", in_task=in_task)
    kept_files.fetch([KEPT], KojiShelf(str(tmp_path / "koji")), into)
    assert (into / KEPT.file).read_bytes() == TEXT


def test_as_a_task_has_it(tmp_path: Path) -> None:
    put(tmp_path / "koji", in_task=True)
    task = running(None, tmp_path / "workdir", topurl=None, topdir=str(tmp_path / "koji"))
    location = Location(archives=(KEPT,))
    checkout = KojidSources(task, "tag", scratch=False).fetch(location, tmp_path / "into")
    assert checkout.location == location
    assert (checkout.folder / KEPT.file).read_bytes() == TEXT


def test_gone(tmp_path: Path, into: Path) -> None:
    with pytest.raises(DescriptionError, match="neither task 42 nor build disk-1-2 has it"):
        kept_files.fetch([KEPT], KojiShelf(str(tmp_path / "koji")), into)


def test_another_one_now(tmp_path: Path, into: Path) -> None:
    put(tmp_path / "koji", in_task=True, text=b"{}")
    with pytest.raises(DescriptionError, match="is not the one that was asked for"):
        kept_files.fetch([KEPT], KojiShelf(str(tmp_path / "koji")), into)


def test_too_large(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "LARGEST", 3)
    put(tmp_path / "koji", in_task=True)
    with pytest.raises(DescriptionError, match=r"disk-1-2.json has more than"):
        kept_files.fetch([KEPT], KojiShelf(str(tmp_path / "koji")), into)

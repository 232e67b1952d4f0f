"""Loop devices that were attached in our wrapper: the kernel names their files by its mount."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters import leftovers

from .devices import detach, disk, is_attached, run

if TYPE_CHECKING:
    from collections.abc import Iterator


def attach_in_a_mount_of_its_root(root: Path, name: str = "disk") -> str:
    """As in our wrapper, whose namespace has gone."""
    script = 'mount --rbind "$1" "$2"; losetup --find --show "$2/$3"'
    top = root / "top"
    top.mkdir()
    return run("unshare", "--mount", "/bin/sh", "-c", script, "-", root, top, name).rpartition("/")[
        2
    ]


@pytest.fixture
def in_a_root(as_root: None, tmp_path: Path) -> Iterator[str]:
    """The name of a device attached in the root of tag-1-2."""
    root = tmp_path / "tag-1-2" / "root"
    disk(root / "disk")
    device = attach_in_a_mount_of_its_root(root)
    try:
        _wait_for_the_name(Path("/sys/block", device, "loop/backing_file"), "/disk\n")
        yield device
    finally:
        detach(device)


def _wait_for_the_name(file: Path, name: str) -> None:
    """The namespace goes a moment after its process."""
    end = time.monotonic() + 10
    while file.read_text() != name:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("folder", [".", "tag-1-2/root"])
def test_a_root_that_was_a_mount_of_its_own(tmp_path: Path, in_a_root: str, folder: str) -> None:
    another = tmp_path / "tag-3-4" / "root"
    another.mkdir(parents=True)
    disk(another / "disk")
    (found,) = [each for each in leftovers.attached() if each.device == in_a_root]
    below = leftovers.Below(tmp_path / folder)

    assert below.rest(found) == os.path.relpath("tag-1-2/root/disk", folder)
    assert leftovers.release_below(another) == ()
    assert leftovers.release_below(tmp_path / folder) == (in_a_root,)


def test_a_root_cannot_make_somebody_elses_file_its_own(tmp_path: Path, in_a_root: str) -> None:
    hostile = tmp_path / "mock" / "tag-5-6" / "root"
    hostile.mkdir(parents=True)
    (hostile / "disk").symlink_to(tmp_path / "tag-1-2" / "root" / "disk")

    assert leftovers.release_below(tmp_path / "mock") == ()
    assert is_attached(in_a_root)


def test_a_file_that_has_gone_with_its_wrapper(tmp_path: Path, as_root: None) -> None:
    root = tmp_path / "tag-1-2" / "root"
    work = root / "builddir/image-build"
    disk(work / "disk")
    device = attach_in_a_mount_of_its_root(root, "builddir/image-build/disk")
    try:
        (work / "disk").unlink()
        file = Path("/sys/block", device, "loop/backing_file")
        _wait_for_the_name(file, "/builddir/image-build/disk (deleted)\n")
        assert device in leftovers.release_below(root)
    finally:
        detach(device)


def test_a_file_that_is_gone_was_somewhere_on_the_roots_file_system(
    as_root: None, tmp_path: Path
) -> None:
    root = tmp_path / "tag-1-2" / "root"
    disk(root / "old")
    old = attach_in_a_mount_of_its_root(root, "old")
    (root / "top").rmdir()
    before = leftovers.known()
    disk(root / "new")
    new = attach_in_a_mount_of_its_root(root, "new")
    try:
        for name in ("old", "new"):
            (root / name).unlink()
        _wait_for_the_name(Path("/sys/block", new, "loop/backing_file"), "/new (deleted)\n")

        assert leftovers.release_below(root) == ()
        assert leftovers.release_below(root, before) == (new,)
        assert is_attached(old)
    finally:
        detach(old)
        detach(new)

"""Removing a tree never reaches into something mounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root import namespace, removal

from .conftest import needs_root

MOUNTINFO = r"""
22 1 0:1 / / rw - ext4 /dev/vda rw
23 22 0:2 / /work/roots/a/root/dev rw - tmpfs tmpfs rw
24 22 0:3 / /work/roots/with\040blank rw - tmpfs tmpfs rw
25 22 0:3 / /work/roots-other rw - tmpfs tmpfs rw
""".strip()


def test_mounts_below_a_folder_are_found() -> None:
    assert removal.mounts_below(Path("/work/roots"), MOUNTINFO) == (
        "/work/roots/a/root/dev",
        "/work/roots/with blank",
    )
    assert removal.mounts_below(Path("/work/other"), MOUNTINFO) == ()


def test_a_tree_is_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "link").symlink_to(tmp_path)
    removal.remove(tree)
    assert not tree.exists()
    assert (tmp_path / "kept").exists()
    removal.remove(tree)


@needs_root
def test_a_mount_below_stops_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "mounted").mkdir(parents=True)

    def attempt() -> int:
        namespace.bind(Path("/etc"), tree / "mounted")
        with pytest.raises(Infrastructure, match="something is mounted below it") as caught:
            removal.remove(tree)
        assert caught.value.lines == (str(tree / "mounted"),)
        return 0

    assert namespace.in_child(lambda: namespace.contain(lambda: None, attempt)) == 0
    assert tree.exists()

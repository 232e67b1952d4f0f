"""Packages that outlive the build root they were downloaded into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.here.downloads import Downloads

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "dnf4/cache/repo-1-0123/packages/bash-5-1.x86_64.rpm"


def test_the_next_build_finds_packages_and_nothing_else(tmp_path: Path) -> None:
    first = Downloads.of("kiwi", tmp_path / "shared", tmp_path / "first")
    for name in (PACKAGE, "dnf4/cache/repo-1-0123/repodata/repomd.xml", "dnf4/cache/metadata.pid"):
        path = tmp_path / "first" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "first" / "out").symlink_to(tmp_path)
    (tmp_path / "first" / "secret.rpm").symlink_to("/etc/shadow")
    first.keep()

    Downloads.of("kiwi", tmp_path / "shared", tmp_path / "second")

    found = [path for path in (tmp_path / "second").rglob("*") if not path.is_dir()]
    assert [str(path.relative_to(tmp_path / "second")) for path in found] == [PACKAGE]
    assert found[0].read_text() == PACKAGE


def test_builds_have_folders_of_their_own(tmp_path: Path) -> None:
    one, other = (Downloads.of("kiwi", tmp_path / "shared", tmp_path / name) for name in "ab")

    assert one.binds() == ((str(tmp_path / "a"), "/var/cache/kiwi"),)
    assert other.binds() == ((str(tmp_path / "b"), "/var/cache/kiwi"),)
    one.keep()
    other.keep()


def test_a_tool_that_keeps_nothing(tmp_path: Path) -> None:
    downloads = Downloads.of("tar", tmp_path / "shared", tmp_path / "own")
    downloads.keep()

    assert downloads.binds() == ()
    assert list(tmp_path.iterdir()) == []

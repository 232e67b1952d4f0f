"""A build root over a ready one: what a build changes is its own, what it writes has a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox.root import layers, namespace, removal

from .conftest import needs_root

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    ready = tmp_path / "ready"
    (ready / "usr" / "bin").mkdir(parents=True)
    (ready / "usr" / "bin" / "tool").write_text("tool")
    (ready / "etc").mkdir()
    (ready / "etc" / "hosts").write_text("hosts")
    (ready / "bin").symlink_to("usr/bin")
    return ready


def test_a_copy_is_whole_and_its_own(ready: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    layers.copy(ready, root)
    (root / "bin" / "tool").write_text("changed")
    assert (ready / "usr" / "bin" / "tool").read_text() == "tool"
    assert (root / "etc" / "hosts").read_text() == "hosts"


@needs_root
def test_a_layered_root_is_whole_and_its_own(ready: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"

    def inside() -> int:
        layers.layer(ready, root)
        assert (root / "usr").is_mount()
        assert layers.in_use(ready)
        (root / "bin" / "tool").write_text("changed")
        (root / "usr" / "bin").rename(root / "usr" / "sbin")
        (root / "etc" / "hosts").write_text("changed")
        with pytest.raises(removal.Infrastructure):
            removal.remove(root)
        layers.release(root)
        layers.release(root)
        assert not layers.in_use(ready)
        removal.remove(root)
        return 0

    assert namespace.in_child(lambda: namespace.contain(lambda: None, inside)) == 0
    assert (ready / "usr" / "bin" / "tool").read_text() == "tool"
    assert (ready / "etc" / "hosts").read_text() == "hosts"


@needs_root
def test_where_overlays_cannot_be_mounted_all_is_copied(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(layers, "mount", refuse)
    layers.layer(ready, tmp_path / "root")
    assert (tmp_path / "root" / "bin" / "tool").read_text() == "tool"
    assert not (tmp_path / "root" / "usr").is_mount()


@needs_root
def test_a_loop_devices_file_keeps_its_path(ready: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"

    def inside() -> int:
        layers.layer(ready, root)
        (root / "builddir").mkdir()
        assert not (root / "builddir").is_mount()
        return 0 if (root / "builddir").stat().st_dev == tmp_path.stat().st_dev else 1

    assert namespace.in_child(lambda: namespace.contain(lambda: None, inside)) == 0

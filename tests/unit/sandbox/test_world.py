"""Which world a machine gets, and that each one is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import contents, installation, world
from koji_imagebuild.sandbox.minidist.build import MADE
from koji_imagebuild.sandbox.state import State
from koji_imagebuild.sandbox.world import FEDORA, MINIDIST, World

if TYPE_CHECKING:
    from pathlib import Path

WORLDS = pytest.mark.parametrize("ours", [MINIDIST, FEDORA], ids=lambda ours: ours.target)


@pytest.mark.parametrize(
    ("os_release", "expected"),
    [
        ('NAME="Fedora Linux"\nID=fedora\nVERSION_ID=44\n', FEDORA),
        ('ID=debian\nVERSION_CODENAME=bookworm\nVERSION_ID="12"\n', MINIDIST),
        ('ID="rhel"\nID_LIKE="fedora"\n', MINIDIST),
    ],
)
def test_the_machine_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, os_release: str, expected: World
) -> None:
    monkeypatch.delenv(MADE, raising=False)
    file = tmp_path / "os-release"
    file.write_text(os_release)
    assert world.of_host(file) is expected


def test_a_minidist_that_was_made_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, rpm = tmp_path / "os-release", tmp_path / "Packages" / "hello-1-1.noarch.rpm"
    file.write_text("ID=fedora\n")
    rpm.parent.mkdir()
    rpm.touch()
    monkeypatch.setenv(MADE, str(tmp_path))

    assert world.of_host(file) is MINIDIST
    assert contents.make_packages(State(tmp_path), MINIDIST, pytest.fail) == (rpm,)


@WORLDS
def test_names_have_one_shape(ours: World) -> None:
    assert ours.build_tag == f"{ours.target}-build"
    assert ours.dest_tag == f"{ours.target}-candidate"
    assert ours.description == f"{ours.target}/{ours.target}.kiwi"
    assert {f"{ours.target}-Container", f"{ours.target}-Disk"} <= set(ours.packages)
    assert {"kiwi-build", "image-builder-build"} <= set(ours.groups)


def test_fedoras_image_says_what_quickstart_waits_for() -> None:
    issue = installation.descriptions() / "fedora/root/etc/issue.d/fedora-boot-ok.issue"
    assert issue.read_text().startswith(f"{FEDORA.marker} ")


def test_fedora_makes_no_packages(tmp_path: Path) -> None:
    assert contents.make_packages(State(tmp_path), FEDORA, pytest.fail) == ()

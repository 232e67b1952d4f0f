"""What is kept of a failure, out of a build root that may be hostile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest

from koji_imagebuild.adapters import evidence
from koji_imagebuild.adapters.evidence import FailureEvidence

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.pipeline.ports import Root

WORK = "builddir/image-build"


@dataclass(frozen=True)
class BuildRoot:
    """All of a root that evidence looks at."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def root(tmp_path: Path) -> BuildRoot:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "root").mkdir()
    return BuildRoot(tmp_path / "root")


def collect(root: BuildRoot) -> dict[str, str]:
    """What is kept beside the machine's own facts, by name."""
    workdir = root.path.parent / "workdir"
    workdir.mkdir(exist_ok=True)
    paths = FailureEvidence(workdir).collect(cast("Root", root))
    kept = {path.name: path.read_text() for path in paths}
    assert len(kept) == len(paths), "two files of one name would replace each other on the hub"
    assert "Filesystem" in kept.pop("machine.log")
    assert "secret" not in kept.values()
    return kept


def test_an_empty_root_leaves_the_machines_facts(root: BuildRoot) -> None:
    assert collect(root) == {}


def test_a_root_that_was_never_filled(root: BuildRoot) -> None:
    root.path.rmdir()

    assert FailureEvidence(root.path.parent).collect(cast("Root", root)) == ()


def test_logs_of_the_build_root_and_of_the_image(root: BuildRoot) -> None:
    root.write("var/log/dnf.log", "of the build root")
    root.write(f"{WORK}/kiwi/prepared/var/log/dnf.log", "of the image")
    root.write(f"{WORK}/kiwi/prepared/.profile", "kiwi_name=demo")

    assert collect(root) == {
        "buildroot-dnf.log": "of the build root",
        "image-dnf.log": "of the image",
        "image-profile.txt": "kiwi_name=demo",
    }


def test_two_images_keep_their_own(root: BuildRoot) -> None:
    for kind in ("oem", "iso"):
        root.write(f"{WORK}/kiwi/{kind}/root/var/log/dnf.log", kind)

    assert sorted(collect(root).values()) == ["iso", "oem"]


def test_a_second_try_replaces_the_first(root: BuildRoot) -> None:
    root.write("var/log/dnf.log", "first")
    collect(root)
    root.write("var/log/dnf.log", "second")

    assert collect(root) == {"buildroot-dnf.log": "second"}


@pytest.mark.parametrize("target", ["/etc/passwd", "{outside}", "../../../secret"])
def test_a_link_out_of_the_root_is_not_followed(root: BuildRoot, target: str) -> None:
    log = root.write("var/log/dnf.log", "")
    log.unlink()
    log.symlink_to(target.format(outside=root.path.parent / "secret"))

    assert collect(root) == {}


def test_a_folder_that_leads_out_of_the_root_is_not_entered(root: BuildRoot) -> None:
    outside = BuildRoot(root.path.parent / "outside")
    outside.write("log/dnf.log", "secret")
    outside.write("image-build/kiwi/prepared/var/log/dnf.log", "secret")
    (root.path / "var").symlink_to(outside.path)
    (root.path / "builddir").symlink_to(outside.path)

    assert collect(root) == {}


def test_an_image_root_that_leads_out_is_not_entered(root: BuildRoot) -> None:
    BuildRoot(root.path.parent / "outside").write("var/log/dnf.log", "secret")
    (root.path / WORK / "kiwi").mkdir(parents=True)
    (root.path / WORK / "kiwi" / "prepared").symlink_to(root.path.parent / "outside")

    assert collect(root) == {}


@pytest.mark.parametrize("kind", ["fifo", "folder", "loop"])
def test_what_is_no_file_is_left_where_it_is(root: BuildRoot, kind: str) -> None:
    log = root.path / "var" / "log" / "dnf.log"
    log.parent.mkdir(parents=True)
    if kind == "fifo":
        os.mkfifo(log)
    elif kind == "folder":
        log.mkdir()
    else:
        log.symlink_to("dnf.log")

    assert collect(root) == {}


def test_of_a_large_file_the_end_is_kept(root: BuildRoot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_LARGEST", 4)
    root.write("var/log/dnf.log", "begin and end")

    assert collect(root) == {"buildroot-dnf.log": " end"}

"""Packing a folder: the same bytes for the same folder, and nothing that a builder would refuse."""

from __future__ import annotations

import hashlib
import os
import socket
import tarfile
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters.archive import unpack
from koji_imagebuild.cli import folder
from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def description(tmp_path: Path) -> Path:
    top = tmp_path / "description"
    (top / "root" / "etc").mkdir(parents=True)
    (top / "minidist.kiwi").write_text("<image/>")
    (top / "config.sh").write_text("#!/bin/sh\n")
    (top / "config.sh").chmod(0o755)
    (top / "root" / "etc" / "secret").write_text("x")
    (top / "root" / "etc" / "secret").chmod(0o600)
    (top / "root" / "etc" / "also").symlink_to("secret")
    (top / "link").symlink_to("root/etc")
    (top / ".git").mkdir()
    (top / ".git" / "config").write_text("[credential]")
    return top


def test_what_is_packed_is_what_a_builder_unpacks(description: Path, tmp_path: Path) -> None:
    packed = folder.pack(description, tmp_path / "a.tar.gz")
    assert packed.sha256 == hashlib.sha256((tmp_path / "a.tar.gz").read_bytes()).hexdigest()
    assert (packed.files, packed.size) == (3, 8 + 10 + 1)
    there = tmp_path / "there"
    there.mkdir()
    with (tmp_path / "a.tar.gz").open("rb") as stream:
        unpack(stream, there)
    assert sorted(str(p.relative_to(there)) for p in there.rglob("*")) == [
        "config.sh",
        "link",
        "minidist.kiwi",
        "root",
        "root/etc",
        "root/etc/also",
        "root/etc/secret",
    ]
    assert (there / "config.sh").stat().st_mode & 0o777 == 0o755
    assert (there / "root/etc/secret").stat().st_mode & 0o777 == 0o600
    assert str((there / "root/etc/also").readlink()) == "secret"


def test_earlier_results_are_no_part_of_a_description(description: Path, tmp_path: Path) -> None:
    before = folder.pack(description, tmp_path / "a.tar.gz")
    for number, suffix in enumerate(folder.RESULTS):
        results = description / f"results-{number}"
        results.mkdir()
        (results / f"demo-1-1.x86_64{suffix}").write_text("{}")
        (results / "demo-1-1.x86_64.qcow2").write_bytes(b"0" * 1000)

    assert folder.pack(description, tmp_path / "b.tar.gz") == before


def test_the_same_folder_gives_the_same_bytes(description: Path, tmp_path: Path) -> None:
    first = folder.pack(description, tmp_path / "a.tar.gz")
    (description / ".git" / "config").write_text("changed")
    second = folder.pack(description, tmp_path / "b.tar.gz")
    assert first == second
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        assert {(m.uid, m.gid, m.uname, m.gname) for m in tar} == {(0, 0, "", "")}


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "root/../../outside", "deep/.."])
def test_a_symlink_that_leads_out_is_refused(description: Path, target: str) -> None:
    (description / "deep").symlink_to("root/../..")
    (description / "zz").symlink_to(target)
    with pytest.raises(RequestError, match="symlink that leads out of the folder"):
        folder.pack(description, description.parent / "a.tar.gz")


def test_a_link_through_a_link_is_followed(description: Path) -> None:
    (description / "root" / "top").symlink_to("..")
    (description / "zz").symlink_to("root/top/../x")
    with pytest.raises(RequestError, match="zz is a symlink that leads out"):
        folder.pack(description, description.parent / "a.tar.gz")


def test_an_absolute_link_into_the_folder_is_refused_too(description: Path) -> None:
    (description / "zz").symlink_to(description / "config.sh")
    with pytest.raises(RequestError, match="zz is a symlink that leads out"):
        folder.pack(description, description.parent / "a.tar.gz")


def test_what_is_no_file_is_named(description: Path) -> None:
    os.mkfifo(description / "pipe")
    with pytest.raises(RequestError, match="pipe is a named pipe"):
        folder.pack(description, description.parent / "a.tar.gz")
    (description / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(description / "s"))
        with pytest.raises(RequestError, match="s is a socket"):
            folder.pack(description, description.parent / "a.tar.gz")


def test_too_much_is_refused_before_it_is_packed(description: Path) -> None:
    with (description / "image.raw").open("wb") as stream:
        stream.truncate(folder.LIMIT + 1)
    archive = description.parent / "a.tar.gz"
    with pytest.raises(RequestError, match=r"largest file is image\.raw with 64 MiB"):
        folder.pack(description, archive)
    assert not archive.exists()

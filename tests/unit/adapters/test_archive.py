"""What an uploaded folder may hold, and what it may not do to the builder."""

from __future__ import annotations

import errno
import gzip
import io
import os
import stat
import tarfile
import zlib
from typing import TYPE_CHECKING, Callable

import pytest

from koji_imagebuild.adapters import archive
from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path

MEMBER_TYPES = {
    "hardlink": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}


def file(name: str, content: bytes = b"text", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    return member, content


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, 0o777
    return member, b""


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return special(name, tarfile.SYMTYPE, target)


def folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    return special(name, tarfile.DIRTYPE)


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """A folder with something beside it that nobody may touch."""
    (tmp_path / "outside").write_text("mine")
    path = tmp_path / "into"
    path.mkdir()
    return path


def unpack(content: bytes, into: Path) -> None:
    archive.unpack(io.BytesIO(content), into)


def refused(content: bytes, into: Path) -> str:
    with pytest.raises(DescriptionError) as caught:
        unpack(content, into)
    assert (into.parent / "outside").read_text() == "mine"
    assert sorted(path.name for path in into.parent.iterdir()) == ["into", "outside"]
    return caught.value.what


def test_a_folder_comes_out_as_it_went_in(into: Path) -> None:
    content = packed(
        folder("."),
        folder("root"),
        file("root/etc/motd", b"hello"),
        file("config.sh", b"#!/bin/sh", 0o755),
        file("root/secret", b"", 0o600),
        link("latest", "root/etc"),
        link("root/up", "../config.sh"),
    )

    unpack(content, into)

    assert (into / "latest" / "motd").read_bytes() == b"hello"
    assert (into / "root" / "up").read_bytes() == b"#!/bin/sh"
    assert [
        stat.S_IMODE((into / name).stat().st_mode)
        for name in ("config.sh", "root/secret", "root/etc/motd")
    ] == [0o755, 0o600, 0o644]


def test_special_bits_are_dropped_and_folders_stay_usable(into: Path) -> None:
    closed, _ = folder("closed")
    closed.mode = 0o1007

    unpack(packed(file("sudo", b"", 0o6755), (closed, b""), file("closed/a")), into)

    assert stat.S_IMODE((into / "sudo").stat().st_mode) == 0o755
    assert stat.S_IMODE((into / "closed").stat().st_mode) == 0o707


def test_owners_are_dropped(into: Path) -> None:
    member, content = file("a")
    member.uid = member.gid = 12345

    unpack(packed((member, content)), into)

    assert (into / "a").stat().st_uid == into.stat().st_uid


@pytest.mark.parametrize(
    "name", ["/etc/evil", "../outside", "a/../../outside", "..", "./../outside"]
)
def test_a_path_that_leads_out_is_refused(into: Path, name: str) -> None:
    assert "leads out" in refused(packed(file(name)), into)


@pytest.mark.parametrize(
    ("name", "target"),
    [("a", "/etc"), ("a", ".."), ("a", "../outside"), ("b/a", "../../outside"), ("a", "b/../../x")],
)
def test_a_symlink_that_leads_out_is_refused(into: Path, name: str, target: str) -> None:
    assert "leads out" in refused(packed(folder("b"), link(name, target)), into)


def test_an_absolute_symlink_is_refused_wherever_it_leads(into: Path) -> None:
    assert "leads out" in refused(packed(link("a", str(into / "b"))), into)


def test_a_symlink_behind_another_is_followed_from_where_it_lies(into: Path) -> None:
    """By its text it stays inside, but a/b/c is the folder z, which is less deep."""
    members = (folder("z"), link("a/b/c", "../../z"), link("a/b/c/x", "../../../outside"))

    assert "leads out" in refused(packed(*members), into)


def test_a_file_behind_a_symlink_that_was_inside_when_it_was_made(into: Path) -> None:
    members = (link("a", "x/../y"), link("x", "."), file("a/outside", b"theirs"))

    assert "leads out" in refused(packed(*members), into)


def test_symlinks_that_go_round_in_circles_are_refused(into: Path) -> None:
    members = (link("a", "b"), link("b", "a"), file("a/c"))

    assert "'a/c'" in refused(packed(*members), into)


def test_a_file_through_a_symlink_stays_inside(into: Path) -> None:
    unpack(packed(folder("real"), link("alias", "real"), file("alias/file")), into)

    assert (into / "real" / "file").read_text() == "text"


@pytest.mark.parametrize("kind", MEMBER_TYPES)
def test_only_files_folders_and_symlinks(into: Path, kind: str) -> None:
    content = packed(file("target"), special("odd", MEMBER_TYPES[kind], "target"))

    assert refused(content, into) == (
        "'odd' in the uploaded folder is neither a file nor a folder nor a symlink"
    )


def test_the_last_of_two_files_of_one_name_wins(into: Path) -> None:
    unpack(packed(file("a", b"first and long"), file("a", b"second")), into)

    assert (into / "a").read_bytes() == b"second"


@pytest.mark.parametrize(
    "members",
    [
        (file("target"), link("a", "target"), file("a", b"through")),
        (file("a"), link("a", "b")),
        (link("a", "b"), link("a", "c")),
        (file("a"), folder("a")),
        (file("a"), file("a/b")),
        (folder("a"), file("a")),
        (link("a", "gone"), folder("a")),
        (file("target"), link("a", "target"), folder("a")),
    ],
    ids=["file over symlink", "symlink over file", "symlink over symlink", "folder over file",
         "file below file", "file over folder", "folder over dangling symlink",
         "folder over symlink"],
)  # fmt: skip
def test_members_that_contradict_each_other_are_refused(
    into: Path, members: tuple[tuple[tarfile.TarInfo, bytes], ...]
) -> None:
    assert "'a" in refused(packed(*members), into)
    assert not (into / "target").exists() or (into / "target").read_bytes() == b"text"


@pytest.mark.parametrize("name", ["n" * 300, "d/" * 2100 + "f"], ids=["name", "path"])
def test_names_no_file_system_takes_are_refused(into: Path, name: str) -> None:
    assert "File name too long" in refused(packed(file(name)), into)


def test_a_name_with_a_zero_byte_is_refused(into: Path) -> None:
    member, content = file("a")
    member.pax_headers = {"path": "a\0b"}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(content))

    refused(stream.getvalue(), into)


def test_declared_sizes_count(into: Path) -> None:
    """Nothing of it is there: the header alone is enough."""
    member, _ = file("huge")
    member.size = 8 << 40

    said = refused(gzip.compress(member.tobuf(tarfile.GNU_FORMAT)), into)

    assert "more than 1024 MiB or 100000 files" in said


def test_sizes_count_together(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 4000)

    assert "too large" in refused(packed(file("a", b"x" * 2001), file("b", b"x" * 2001)), into)


def test_members_are_counted(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)

    assert "too large" in refused(packed(*(file(name) for name in "abcd")), into)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_that_fills_the_memory_is_refused(into: Path, kind: bytes) -> None:
    """Python's tarfile reads such a header in one piece, whatever length it claims."""
    member, _ = special("a", kind)
    member.size = 512 << 20
    zeros = zlib.compressobj(9, wbits=31)
    content = zeros.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20)) + zeros.flush()

    assert refused(content, into) == "The uploaded folder has a header that is too large"


def test_an_empty_archive_is_an_empty_folder(into: Path) -> None:
    unpack(packed(), into)

    assert list(into.iterdir()) == []


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def scratched(content: bytes) -> bytes:
    """A gzip stream with nonsense in the middle of it."""
    middle = len(content) // 2
    return content[:middle] + b"\xff" * 64 + content[middle + 64 :]


@pytest.mark.parametrize(
    "damage", [cut, scratched, lambda _: b"not gzip", lambda _: b"", gzip.compress]
)
def test_what_is_no_archive_is_refused(into: Path, damage: Callable[[bytes], bytes]) -> None:
    noise = b"".join(bytes([n * n % 251, n % 253]) for n in range(1 << 16))
    content = damage(packed(file("a", noise)))

    assert refused(content, into).startswith("The uploaded folder is not a tar.gz archive")


def test_a_full_disk_is_not_the_users_fault(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(archive, "_file", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(packed(file("a")), into)

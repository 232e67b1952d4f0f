"""Uploaded folders that are not what they should be."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from .batch import Ended, assert_refused, end
from .described import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from .under_test import Koji

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    # koji's fastUpload does not close what it uploads.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PATH = "tiny/tiny.kiwi"


@dataclass(frozen=True)
class Member:
    """One member of an archive; a bare name is a file of ``text``."""

    name: str
    kind: bytes = tarfile.REGTYPE
    link: str = ""
    text: bytes = b""

    def put(self, archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(self.name)
        info.type, info.linkname, info.size = self.kind, self.link, len(self.text)
        archive.addfile(info, io.BytesIO(self.text))


def packed(*members: Member) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for member in (Member("x.kiwi", text=tiny().encode()), *members):
            member.put(archive)
    return content.getvalue()


UPLOADS = {
    "dots": (
        packed(Member("a/../../escaped", text=b"x")),
        "The uploaded folder holds 'a/../../escaped', which leads out of it",
    ),
    "absolute": (
        packed(Member("/escaped", text=b"x")),
        "The uploaded folder holds '/escaped', which leads out of it",
    ),
    "symlink": (
        packed(Member("passwd", tarfile.SYMTYPE, "/etc/passwd")),
        "The symlink 'passwd' leads out of the uploaded folder",
    ),
    "symlink-dots": (
        packed(Member("a/up", tarfile.SYMTYPE, "../../up")),
        "The symlink 'a/up' leads out of the uploaded folder",
    ),
    "through-a-symlink": (
        packed(
            Member("here", tarfile.SYMTYPE, "."),
            Member("here/x.kiwi", tarfile.SYMTYPE, "/etc/passwd"),
        ),
        "The symlink 'here/x.kiwi' leads out of the uploaded folder",
    ),
    "over-a-symlink": (
        packed(Member("a", tarfile.SYMTYPE, "x.kiwi"), Member("a", text=b"x")),
        "'a' in the uploaded folder cannot be unpacked",
    ),
    "hard-link": (
        packed(Member("passwd", tarfile.LNKTYPE, "/etc/passwd")),
        "'passwd' in the uploaded folder is neither a file nor a folder nor a symlink",
    ),
    "device": (
        packed(Member("disk", tarfile.BLKTYPE)),
        "'disk' in the uploaded folder is neither a file nor a folder nor a symlink",
    ),
    "fifo": (
        packed(Member("pipe", tarfile.FIFOTYPE)),
        "'pipe' in the uploaded folder is neither a file nor a folder nor a symlink",
    ),
    "no-archive": (b"#!/bin/sh\n", "The uploaded folder is not a tar.gz archive: "),
    "cut-off": (
        packed(Member("noise", text=os.urandom(9000)))[:-4000],
        "The uploaded folder is not a tar.gz archive: ",
    ),
}


def upload(koji: Koji, folder: Path, name: str, content: bytes, sha256: str = "") -> int:
    """Submit what a command line would never pack."""
    archive = folder / f"{name}.tar.gz"
    archive.write_bytes(content)
    session, place = koji.session(), f"cli-image-build-local/{os.urandom(8).hex()}"
    session.uploadWrapper(str(archive), place)
    source = {
        "upload": f"{place}/{archive.name}",
        "sha256": sha256 or hashlib.sha256(content).hexdigest(),
        "path": "x.kiwi",
    }
    task: int = session.imageBuildLocal(koji.target, [], "kiwi", source, {"scratch": True})
    return task


@pytest.fixture(scope="module")
def uploaded(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    folder = tmp_path_factory.mktemp("uploads")
    tasks = {name: upload(koji, folder, name, content) for name, (content, _) in UPLOADS.items()}
    tasks["digest"] = upload(koji, folder, "digest", packed(), "0" * 64)
    return {name: end(koji, task) for name, task in tasks.items()}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_uploaded_folder_stays_where_it_is_unpacked(
    name: str, koji: Koji, uploaded: dict[str, Ended]
) -> None:
    assert_refused(koji, uploaded[name], UPLOADS[name][1])


def test_an_upload_with_another_digest(koji: Koji, uploaded: dict[str, Ended]) -> None:
    says = (
        "The uploaded folder is not the one that was submitted: its digest differs\nSubmit it again"
    )
    assert_refused(koji, uploaded["digest"], says)


def test_an_upload_that_is_gone(koji: Koji) -> None:
    source = {
        "upload": "cli-image-build-local/gone/x.tar.gz", "sha256": "0" * 64, "path": "x.kiwi",
    }  # fmt: skip
    task = koji.session().imageBuildLocal(koji.target, [], "kiwi", source, {"scratch": True})
    assert_refused(
        koji,
        end(koji, task),
        "The uploaded folder is gone: Koji does not keep uploads for long\nSubmit it again",
    )

"""A folder on the user's machine, built as a scratch build."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from .described import tiny
from .image import build

if TYPE_CHECKING:
    from pathlib import Path

    from .image import Image
    from .under_test import Koji

MODES = {"etc/secret": 0o600, "etc/plain": 0o644, "usr/bin/run": 0o755, "opt/group": 0o640}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A description with files of several modes, symlinks, and a repository's own folder."""
    folder = tmp_path_factory.mktemp("folder")
    (folder / "tiny.kiwi").write_text(tiny())
    for name, mode in MODES.items():
        path = folder / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
        path.chmod(mode)
    (folder / "root/etc/alias").symlink_to("secret")
    (folder / "root/opt/run").symlink_to("../usr/bin/run")
    (folder / "root/opt").chmod(0o711)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("password = secret\n")
    return folder


@pytest.fixture(scope="module")
def image(koji: Koji, folder: Path) -> Image:
    return build(koji, "--scratch", koji.target, str(folder))


def test_files_keep_their_modes_on_the_way_into_the_image(image: Image) -> None:
    with image.tar(".tar.xz") as archive:
        for name, mode in MODES.items():
            member = archive.getmember(f"{name}")
            assert (oct(member.mode), member.uid, member.gid) == (oct(mode), 0, 0), name
            assert archive.extractfile(member).read().decode() == f"{name}\n"
        assert stat.S_IMODE(archive.getmember("opt").mode) == 0o711


def test_symlinks_stay_symlinks(image: Image) -> None:
    with image.tar(".tar.xz") as archive:
        links = {name: archive.getmember(f"{name}") for name in ("etc/alias", "opt/run")}
    assert all(link.issym() for link in links.values())
    assert links["etc/alias"].linkname == "secret"
    assert links["opt/run"].linkname == "../usr/bin/run"


def test_what_was_uploaded_is_recorded_with_its_digest(koji: Koji, image: Image) -> None:
    _, _, tool, source, opts = koji.session().getTaskRequest(image.task)
    assert tool == "kiwi"
    assert opts["scratch"] is True
    assert source["path"] == "."
    assert source["upload"].startswith("cli-image-build-local/")
    assert f"#sha256={source['sha256']}" in image.json()["used"]["source"]
    assert "4 files" not in image.ran.err
    assert "5 files" in image.ran.err


def test_one_of_several_files_is_named_by_its_path(koji: Koji, folder: Path) -> None:
    (folder / "other.kiwi").write_text(tiny(head='<image schemaversion="8.0" name="other">'))
    words = ("image-build-local", "kiwi", "--scratch", koji.target)
    refused = koji.run(*words, str(folder), status=1)
    assert "several .kiwi files: other.kiwi, tiny.kiwi" in refused.err
    ran = koji.run(*words, str(folder / "other.kiwi"), "--nowait", "--json")
    task = ran.out.split('"task": ')[1].split(",")[0]
    koji.run("cancel", task)
    assert koji.session().getTaskRequest(int(task))[3]["path"] == "other.kiwi"


def test_a_real_build_needs_a_repository(koji: Koji, folder: Path) -> None:
    refused = koji.run("image-build-local", "kiwi", koji.target, str(folder), status=2)
    assert "only be built as a scratch build" in refused.err
    assert "--scratch" in refused.err

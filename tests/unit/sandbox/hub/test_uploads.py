"""Uploads arrive whole, and only where the caller may write."""

from __future__ import annotations

import hashlib
import threading
import zlib
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.sandbox.hub.uploads import Writing

if TYPE_CHECKING:
    from pathlib import Path

    from .clients import Sandbox


# Koji's fastUpload leaves the file it sends to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """3 MiB and a bit: several chunks."""
    path = tmp_path / "image.raw"
    path.write_bytes(bytes(range(256)) * 12300)
    return path


def test_a_file_in_chunks(sandbox: Sandbox, local: Path) -> None:
    sandbox.releng.uploadWrapper(str(local), "cli-x/1", "image.raw")
    assert (sandbox.topdir / "work/cli-x/1/image.raw").read_bytes() == local.read_bytes()
    check = sandbox.releng.checkUpload("cli-x/1", "image.raw", verify="sha256")
    assert check["size"] == local.stat().st_size
    assert check["hexdigest"] == hashlib.sha256(local.read_bytes()).hexdigest()


def test_an_empty_file(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    sandbox.releng.uploadWrapper(str(tmp_path / "empty"), "cli-x/2")
    assert sandbox.releng.checkUpload("cli-x/2", "empty")["size"] == 0
    assert sandbox.releng.checkUpload("cli-x/2", "nothing") is None


def test_the_answer_tells_what_arrived(sandbox: Sandbox) -> None:
    answer = sandbox.releng.rawUpload(b"abc", 0, "cli-x/3", "a", verify="adler32")
    assert answer == {
        "size": 3,
        "offset": 0,
        "fileverify": "adler32",
        "hexdigest": f"{zlib.adler32(b'abc'):08x}",
    }


def test_a_chunk_that_is_sent_again(sandbox: Sandbox) -> None:
    for offset, chunk in ((0, b"abc"), (3, b"def"), (3, b"def"), (6, b"g")):
        sandbox.releng.rawUpload(chunk, offset, "cli-x/4", "a")
    assert (sandbox.topdir / "work/cli-x/4/a").read_bytes() == b"abcdefg"


def test_a_chunk_that_does_not_end_the_file(sandbox: Sandbox) -> None:
    sandbox.releng.rawUpload(b"abcdef", 0, "cli-x/5", "a")
    with pytest.raises(koji.GenericError, match="Incorrect upload length"):
        sandbox.releng.rawUpload(b"x", 3, "cli-x/5", "a")


def test_overwriting_needs_to_be_said_and_cuts_the_file(sandbox: Sandbox) -> None:
    sandbox.releng.rawUpload(b"abcdef", 0, "cli-x/6", "a")
    with pytest.raises(koji.GenericError, match="upload path exists"):
        sandbox.releng.rawUpload(b"xyz", 0, "cli-x/6", "a")
    sandbox.releng.rawUpload(b"xyz", 0, "cli-x/6", "a", overwrite=True)
    assert (sandbox.topdir / "work/cli-x/6/a").read_bytes() == b"xyz"


def test_the_end_of_a_log_grows(sandbox: Sandbox) -> None:
    for line in (b"one\n", b"two\n"):
        sandbox.releng.rawUpload(line, -1, "cli-x/7", "a.log")
    assert (sandbox.topdir / "work/cli-x/7/a.log").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("folder", "name", "message"),
    [
        ("..", "a", "Invalid upload directory"),
        ("../packages/x", "a", "Invalid upload directory"),
        ("/etc", "a", "Invalid upload directory"),
        ("", "a", "Invalid upload directory"),
        ("cli-x", "../a", "Invalid upload filename"),
        ("cli-x", ".user", "Invalid upload filename"),
        ("cli-x", "/a\x01", "Invalid upload filename"),
        ("tasks/1", "a", "Invalid task upload directory"),
        ("tasks/1/x", "a", "Invalid task upload directory"),
    ],
)
def test_nothing_goes_outside(sandbox: Sandbox, folder: str, name: str, message: str) -> None:
    with pytest.raises(koji.GenericError, match=message):
        sandbox.releng.rawUpload(b"x", 0, folder, name)


def test_folders_belong_to_their_first_user(sandbox: Sandbox) -> None:
    sandbox.releng.rawUpload(b"x", 0, "cli-x/mine", "a")
    with pytest.raises(koji.GenericError, match="not owner"):
        sandbox.nobody.rawUpload(b"x", 0, "cli-x/mine", "b")


def test_a_tasks_folder_belongs_to_the_builder_that_runs_it(sandbox: Sandbox) -> None:
    task = sandbox.open_task()
    folder = koji.pathinfo.taskrelpath(task)
    with pytest.raises(koji.AuthError, match="is not a host"):
        sandbox.admin.rawUpload(b"x", 0, folder, "a")
    sandbox.builder.upload(task, "a")
    assert sandbox.admin.listTaskOutput(task) == ["a"]
    sandbox.builder.close(task)
    with pytest.raises(koji.ActionNotAllowed, match="does not own task"):
        sandbox.builder.upload(task, "b")


def test_symlinks_are_not_written_through(sandbox: Sandbox) -> None:
    sandbox.releng.rawUpload(b"x", 0, "cli-x/8", "a")
    (sandbox.topdir / "work/cli-x/8/link").symlink_to("a")
    with pytest.raises(koji.GenericError, match="destination is a symlink"):
        sandbox.releng.rawUpload(b"y", 0, "cli-x/8", "link", overwrite=True)


def test_without_a_login_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(koji.ActionNotAllowed):
        sandbox.anonymous().rawUpload(b"x", 0, "cli-x/9", "a")


def test_the_old_way_in_xml(sandbox: Sandbox, local: Path) -> None:
    session: Any = sandbox.login("releng")
    session.opts["use_fast_upload"] = False
    session.checkUpload = None  # makes Koji's client take the old way
    digest = hashlib.sha256(b"abc").hexdigest()
    assert session.uploadFile("cli-x/10", "a", 3, ("sha256", digest), 0, "YWJj")
    assert not session.uploadFile("cli-x/10", "b", 3, ("sha256", "0"), 0, "YWJj")
    assert not session.uploadFile("cli-x/10", "b", 2, None, 0, "YWJj")
    digest = hashlib.sha256(b"abcabc").hexdigest()
    assert session.uploadFile("cli-x/10", "a", 6, ("sha256", digest), -1, "YWJj")
    assert (sandbox.topdir / "work/cli-x/10/a").read_bytes() == b"abcabc"


def test_one_writer_a_file(tmp_path: Path) -> None:
    writing = Writing(patience=0)
    with writing.hold(tmp_path / "a"):
        with pytest.raises(koji.LockError, match="is being written"), writing.hold(tmp_path / "a"):
            pass
        with writing.hold(tmp_path / "b"):
            pass


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    writing, order = Writing(patience=10), []

    def second() -> None:
        with writing.hold(tmp_path / "a"):
            order.append("second")

    thread = threading.Thread(target=second)
    with writing.hold(tmp_path / "a"):
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]

"""Logs are uploaded while they grow."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

import pytest

from koji_imagebuild.sandbox.builder.log_follower import LogFollower

if TYPE_CHECKING:
    from pathlib import Path


class Uploads:
    """What the hub has: name and content."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def take(self, name: str, file: BinaryIO) -> None:
        position = file.tell()
        self.content[name] = self.content.get(name, b"")[:position] + file.read()


@pytest.fixture
def hub() -> Uploads:
    return Uploads()


@pytest.fixture
def follower(hub: Uploads) -> LogFollower:
    return LogFollower(hub.take)


def test_what_is_added_is_uploaded(hub: Uploads, follower: LogFollower, tmp_path: Path) -> None:
    log = tmp_path / "root.log"
    pattern = (f"{tmp_path}/*.log",)
    follower.sync(pattern)
    log.write_text("one\n")
    follower.sync(pattern)
    with log.open("a") as out:
        out.write("two\n")
    follower.sync(pattern)
    assert hub.content == {"root.log": b"one\ntwo\n"}
    follower.close()


def test_a_truncated_or_replaced_log_is_read_anew(
    hub: Uploads, follower: LogFollower, tmp_path: Path
) -> None:
    log = tmp_path / "root.log"
    log.write_text("long text\n")
    follower.sync((str(log),))
    log.write_text("new\n")
    follower.sync((str(log),))
    assert hub.content["root.log"].startswith(b"new\n")
    log.unlink()
    (tmp_path / "other").write_text("third\n")
    (tmp_path / "other").rename(log)
    follower.sync((str(log),))
    assert hub.content["root.log"].startswith(b"third\n")
    follower.close()


def test_two_logs_of_one_name_get_two_names(
    hub: Uploads, follower: LogFollower, tmp_path: Path
) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "dnf.log").write_text(folder)
    follower.sync((f"{tmp_path}/*/dnf.log",))
    assert hub.content == {"dnf.log": b"a", "dnf.DUP00.log": b"b", "dnf.DUP01.log": b"c"}
    follower.close()


def test_links_and_pipes_are_left_alone(
    hub: Uploads, follower: LogFollower, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.log").write_text("secret")
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "link.log").symlink_to(secret / "a.log")
    os.mkfifo(logs / "pipe.log")
    (tmp_path / "link").symlink_to(secret)
    follower.sync((f"{logs}/*.log", f"{tmp_path}/link/*.log"))
    assert hub.content == {}


def test_a_log_that_becomes_a_link_is_not_followed(
    hub: Uploads, follower: LogFollower, tmp_path: Path
) -> None:
    log = tmp_path / "dnf.log"
    log.write_text("one")
    follower.sync((str(log),))
    (tmp_path / "secret").write_text("longer than before")
    log.unlink()
    log.symlink_to(tmp_path / "secret")
    follower.sync((str(log),))
    assert hub.content == {"dnf.log": b"one"}
    follower.close()

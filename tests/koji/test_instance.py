"""A private Koji does what Koji does, touches nothing outside its folder, and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.koji.provide import real
from tests.koji.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DESCRIPTIONS = Path(__file__).parents[2] / "kiwi-descriptions"
OF_THE_MACHINE = ("/etc/group", "/etc/passwd", "/etc/mock", "/etc/rpm", "/usr/bin", "/var/lib")


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where instances are made; the name of PostgreSQL's socket has room for it."""
    with scratch() as folder:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        yield folder


def test_two_run_side_by_side_and_leave_nothing(folders: Path) -> None:
    before = _of_the_machine()
    with real() as one, real() as other:
        assert len(list(folders.iterdir())) == 2
        for each in (one, other):
            url = each.publish(DESCRIPTIONS, "descriptions")
            built = each.build("kiwi", each.target, url, "tiny/tiny.kiwi")
            assert built.ran.status == 0, built.ran.text
            each.close()
        for folder in folders.iterdir():
            assert "Package: tiny-1.0-1" in _mail(folder / "mail")
    assert not list(folders.iterdir())
    assert str(folders) not in Path("/proc/self/mounts").read_text()
    assert not [words for words in _processes() if str(folders) in words]
    assert _of_the_machine() == before


def _mail(folder: Path) -> str:
    """What kojid wrote to the owner of the build's package."""
    end = time.monotonic() + 30
    while not (mails := list(folder.glob("*.eml"))):
        assert time.monotonic() < end
        time.sleep(0.1)
    return mails[0].read_text()


def _of_the_machine() -> Mapping[str, float | None]:
    """When these were changed last."""
    paths = map(Path, OF_THE_MACHINE)
    return {str(path): path.stat().st_mtime if path.exists() else None for path in paths}


def test_what_a_killed_one_left_goes_when_the_next_begins(folders: Path) -> None:
    with _owner() as killed:
        killed.kill()
    with _owner() as alive:
        (folder,) = folders.iterdir()
        with scratch() as own:
            assert set(folders.iterdir()) == {folder, own}
        alive.kill()


def _owner() -> subprocess.Popen[str]:
    """A process that has made a folder, with something in it."""
    program = (
        "from tests.koji.scratch import scratch\n"
        "with scratch() as folder: (folder / 'x').mkdir(); print(flush=True); input()"
    )
    started = subprocess.Popen(
        (sys.executable, "-c", program),
        env={**os.environ, "TMPDIR": tempfile.gettempdir()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout
    assert started.stdout.readline() == "\n"
    return started


def _processes() -> list[str]:
    """Their command lines."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace"))
    return found

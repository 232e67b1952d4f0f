"""``--here``, interrupted, killed, and twice at a time: nothing is left, others go on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .described import SHELL
from .laptop import describe, document

if TYPE_CHECKING:
    import subprocess

    from .laptop import Laptop

MINIDIST = Path(__file__).parents[2] / "kiwi-descriptions" / "minidist"
pytestmark = pytest.mark.usefixtures("nothing_left_here")


def slow(folder: Path) -> Path:
    """Its config.sh never ends."""
    describe(folder, packages=SHELL)
    (folder / "config.sh").write_text("#!/bin/bash\nsleep 40003\n")
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("step", ["fetch the source", "make the build root", "run config.sh"])
def test_interrupted(
    machine: Laptop,
    tmp_path: Path,
    step: str,
    number: signal.Signals,
) -> None:
    with machine.running(tmp_path, str(slow(tmp_path / "d"))) as process:
        wait_for(process, step)
        # Ctrl-C reaches the whole group, kill this one process.
        (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
        said = process.communicate(timeout=120)[0]

    assert process.returncode == 130, said
    assert "Interrupted; nothing is left of the build" in said
    assert machine.runs == []
    assert {path.name for path in tmp_path.iterdir()} == {"d"}


def test_a_disk_is_interrupted_impatiently(machine: Laptop, tmp_path: Path) -> None:
    with machine.running(tmp_path, str(MINIDIST), "--profile=Disk") as process:
        wait_for(process, "copy files into the disk image")
        for _ in range(5):
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=120)

    assert process.returncode == 130
    assert machine.runs == []
    assert list(tmp_path.iterdir()) == []


def test_what_was_killed_is_cleared_away_by_the_next(machine: Laptop, tmp_path: Path) -> None:
    with machine.running(tmp_path, str(slow(tmp_path / "d"))) as process:
        wait_for(process, "run config.sh")
        process.kill()
        process.wait()
    assert len(machine.runs) == 1

    machine.run(tmp_path, str(describe(tmp_path / "e")))

    assert machine.runs == []
    assert document(tmp_path / "tiny-1.0-1")["files"]


def wait_for(process: subprocess.Popen[str], step: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if step in line:
            return
    pytest.fail(f"it ended before {step!r}")


def test_two_at_a_time(machine: Laptop, tmp_path: Path) -> None:
    folder = str(describe(tmp_path / "d"))
    with machine.running(tmp_path, folder) as one, machine.running(tmp_path, folder) as other:
        statuses = sorted((one.wait(60), other.wait(60)))
    assert statuses == [0, 2]
    with machine.running(tmp_path, folder, "--release=2") as one:
        machine.run(tmp_path, folder, "--release=3")
        assert one.wait(60) == 0

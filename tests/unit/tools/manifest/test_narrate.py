"""What osbuild 191's monitor said, as the lines of a log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools.manifest import narrate

if TYPE_CHECKING:
    from collections.abc import Callable

LOGS = Path(__file__).with_name("logs")
END = b'\x1e{"status": 1}\n'


@pytest.fixture
def told(tmp_path: Path) -> Callable[[bytes, str], list[str]]:
    """By the script itself, as the build root runs it: alone."""

    def tell(monitor: bytes, result: str = "") -> list[str]:
        (tmp_path / "result.json").write_text(result)
        script = (tmp_path / "narrate.py").write_bytes(Path(narrate.__file__).read_bytes())
        assert script
        done = subprocess.run(
            [sys.executable, "-I", tmp_path / "narrate.py", tmp_path / "result.json"],
            input=monitor,
            capture_output=True,
            check=True,
        )
        assert not done.stderr
        return done.stdout.decode().splitlines()

    return tell


def test_a_stage_that_fails(told: Callable[[bytes, str], list[str]]) -> None:
    monitor = (LOGS / "fails.jsonseq").read_bytes()
    lines = told(monitor + END, (LOGS / "fails.result.json").read_text())
    ours = [line for line in lines if line.startswith("osbuild: ") and "tmpfiles" not in line]
    assert ours[:4] == [
        "osbuild: pipeline source org.osbuild.inline",
        "osbuild: pipeline os",
        "osbuild: stage org.osbuild.mkdir of os",
        ours[3],
    ]
    assert ours[3].startswith("osbuild: stage org.osbuild.mkdir of os done after ")
    start = ours.index("osbuild: failed in stage org.osbuild.chown of os")
    assert ours[start - 1].startswith("osbuild: stage org.osbuild.chown of os failed after ")
    assert ours[-1].startswith("osbuild: subprocess.CalledProcessError: ")
    assert "/run/osbuild/tree/etc/hostname written." in lines


def test_options_of_stages_are_not_told(told: Callable[[bytes, str], list[str]]) -> None:
    monitor = (LOGS / "fails.jsonseq").read_bytes()
    assert b"secret-host" in monitor
    assert "secret-host" not in "\n".join(told(monitor + END, ""))


def test_a_source_that_fails(told: Callable[[bytes, str], list[str]]) -> None:
    lines = told(
        (LOGS / "gone.jsonseq").read_bytes() + END, (LOGS / "gone.result.json").read_text()
    )
    assert lines[-2:] == [
        "osbuild: failed in source org.osbuild.curl",
        "osbuild: curl: error downloading http://127.0.0.1:1/x.rpm: exit code 7",
    ]


@pytest.mark.parametrize(
    ("result", "lines"),
    [
        ("", ["osbuild: failed without a result"]),
        ("Failed\n", ["osbuild: failed without a result", "osbuild: Failed"]),
        ("[]", ["osbuild: failed without a result", "osbuild: []"]),
        ('{"success": true, "metadata', ["osbuild: failed without a result"]),
        ("{}", ["osbuild: failed: no reason was given"]),
        ('{"error": {"type": "x"}}', ["osbuild: failed: x"]),
    ],
)
def test_what_is_no_result(
    told: Callable[[bytes, str], list[str]], result: str, lines: list[str]
) -> None:
    assert told(END, result)[: len(lines)] == lines


def test_pieces_of_a_line_stay_one_line(told: Callable[[bytes, str], list[str]]) -> None:
    pieces = b'\x1e{"message": "half of "}\n\x1e{"message": "a line"}\n'
    start = b'\x1e{"message": "Starting pipeline os", "context": {"origin": "osbuild.monitor"}}\n'
    assert told(pieces + start + b'\x1e{"status": 0}\n', "") == [
        "half of a line",
        "osbuild: pipeline os",
    ]


def test_a_record_that_was_cut(told: Callable[[bytes, str], list[str]]) -> None:
    assert told(b'\x1e{"message": "whole"}\n\x1e{"mess\x1e{"message": "next"}\n', "") == [
        "wholenext"
    ]


def test_nothing_of_ours_is_needed_there() -> None:
    """The build root has another Python, from 3.9 on, and no package of ours."""
    source = Path(narrate.__file__).read_text()
    assert "koji" not in source.partition('"""')[2].partition('"""')[2]

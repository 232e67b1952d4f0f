"""Steps on a terminal, and as lines."""

from __future__ import annotations

import io
import re

import pytest

from koji_imagebuild.here import progress


def told(shown: progress.Progress) -> None:
    shown.begin("make the build root")
    shown.note("a note\x1b[2J")
    shown.begin("install packages")
    for step in ("install packages (50 %)", "install packages (50 %)", "run config.sh"):
        shown.within(step)
        shown.still()
    shown.close()


def test_lines() -> None:
    stream = io.StringIO()
    told(progress.Lines(stream))

    lines = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in stream.getvalue().splitlines()]
    assert lines == [
        "make the build root",
        "a note\N{REPLACEMENT CHARACTER}[2J",
        "install packages",
        "install packages (50 %)",
        "run config.sh",
    ]


def test_a_terminal_keeps_a_line_a_step() -> None:
    stream = io.StringIO()
    told(progress.Terminal(stream))

    drawn = stream.getvalue().split("\r\033[2K")
    kept = [line for line in drawn if line.endswith("\n")]
    assert kept == [
        "  a note\N{REPLACEMENT CHARACTER}[2J\n",
        "     0:00  make the build root\n",
        "     0:00  install packages\n",
    ]
    assert "     0:00  install packages (50 %)" in drawn


@pytest.mark.parametrize("kind", [progress.Lines, progress.Terminal])
def test_nobody_reads_it(kind: type[progress.Lines | progress.Terminal]) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    told(kind(Closed()))


def test_what_fits_a_stream() -> None:
    assert isinstance(progress.choose(io.StringIO(), quiet=False), progress.Lines)
    quiet = progress.choose(io.StringIO(), quiet=True)
    assert isinstance(quiet, progress.Nowhere)
    told(quiet)

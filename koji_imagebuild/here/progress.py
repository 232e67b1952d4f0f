"""A build's steps as they happen: one line each, the running one redrawn on a terminal."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import Protocol, TextIO

from koji_imagebuild.cli.watch import screen, words
from koji_imagebuild.pipeline.journal import duration

_CLEAR_LINE = "\r\033[2K"
_REDRAW = 0.5  # seconds


class Progress(Protocol):
    """Told what a build is at."""

    def begin(self, step: str) -> None:
        """A step begins, so the one before has ended."""
        ...

    def within(self, step: str) -> None:
        """What the tool says it is at, inside the step."""
        ...

    def still(self) -> None:
        """Nothing new; called several times a second."""
        ...

    def note(self, text: str) -> None: ...

    def close(self) -> None:
        """No step is running any more."""
        ...


class Nowhere:
    """For ``koji --quiet``."""

    def begin(self, step: str) -> None: ...

    def within(self, step: str) -> None: ...

    def still(self) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Lines:
    """One line an event, with the time of day."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ""

    def begin(self, step: str) -> None:
        self.within(step)

    def within(self, step: str) -> None:
        if step != self._last:
            self.note(step)
        self._last = step

    def still(self) -> None: ...

    def note(self, text: str) -> None:
        clock = time.strftime("%H:%M:%S")
        write(self._stream, f"{clock} {words.printable(text)}\n")

    def close(self) -> None: ...


class Terminal:
    """A line stays for every step that has ended; the last one is redrawn until it has."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._step, self._within = "", ""
        self._started = self._drawn = 0.0

    def begin(self, step: str) -> None:
        self.close()
        self._step, self._within = step, ""
        self._started = time.monotonic()
        self._draw()

    def within(self, step: str) -> None:
        self._within = step
        self._draw()

    def still(self) -> None:
        if time.monotonic() - self._drawn > _REDRAW:
            self._draw()

    def note(self, text: str) -> None:
        write(self._stream, f"{_CLEAR_LINE}  {words.printable(text)}\n")
        if self._step:
            self._draw()

    def close(self) -> None:
        if self._step:
            write(self._stream, f"{_CLEAR_LINE}{self._line(self._step)}\n")
        self._step = ""

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        width = screen.size(self._stream)[0]
        line = words.cut(self._line(words.printable(self._within) or self._step), width)
        write(self._stream, f"{_CLEAR_LINE}{line}")

    def _line(self, text: str) -> str:
        return f"  {duration(time.monotonic() - self._started):>7}  {text}"


def write(stream: TextIO, text: str) -> None:
    """A terminal that was closed, or a pipe nobody reads, is no reason for a build to fail."""
    with suppress(OSError):
        stream.write(text)
        stream.flush()


def choose(stream: TextIO, *, quiet: bool) -> Progress:
    """What fits a stream."""
    if quiet:
        return Nowhere()
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return Terminal(stream)
    return Lines(stream)

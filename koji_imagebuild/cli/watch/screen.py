"""Where snapshots are shown: redrawn in place on a terminal, as dated lines anywhere else."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from koji_imagebuild.cli.watch import events, view

if TYPE_CHECKING:
    from koji_imagebuild.cli.watch.state import Snapshot

_CLEAR_LINE = "\r\033[2K"
_CLEAR_REST = "\033[J"


class Screen(Protocol):
    """Shows one snapshot after the other."""

    def show(self, snapshot: Snapshot, silent: float) -> None:
        """Show it; ``silent`` is how long the hub has not answered, in seconds."""
        ...


class Nowhere:
    """For ``koji --quiet``."""

    def show(self, snapshot: Snapshot, silent: float) -> None:
        """Show nothing."""


class Lines:
    """One line an event, with the time of day."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: Snapshot | None = None
        self._silent = False

    def show(self, snapshot: Snapshot, silent: float) -> None:
        lines = events.changes(self._last, snapshot)
        if silent and not self._silent:
            lines = (*lines, "the hub does not answer, trying again")
        clock = time.strftime("%H:%M:%S")
        for line in lines:
            self._stream.write(f"{clock} {line}\n")
        self._stream.flush()
        self._last, self._silent = snapshot, bool(silent)


class Terminal:
    """Draws over what it drew before.

    The cursor stays visible below the last line, so there is nothing to restore however this ends.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot, silent: float) -> None:
        columns, rows = size(self._stream)
        style = view.Style(columns, colour="NO_COLOR" not in os.environ)
        # A taller picture would scroll, and could not be drawn over.
        lines = view.render(snapshot, silent, style)[: rows - 1]
        if lines == self._drawn:
            return
        up = f"\033[{len(self._drawn)}A" if self._drawn else ""
        body = "".join(f"{_CLEAR_LINE}{line}\n" for line in lines)
        self._stream.write(f"{up}{body}{_CLEAR_REST}")
        self._stream.flush()
        self._drawn = lines


def size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal.

    Of the stream itself: standard output may be a pipe while standard error is a terminal.
    """
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except OSError:
        columns, rows = 0, 0
    usual = shutil.get_terminal_size()
    return columns or usual.columns, rows or usual.lines


def choose(stream: TextIO, *, quiet: bool) -> Screen:
    """The screen that fits a stream."""
    if quiet:
        return Nowhere()
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return Terminal(stream)
    return Lines(stream)

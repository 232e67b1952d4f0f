"""Several commands in one call of mock, and each one's part of what they print.

mock needs a second to start, and kojid looks every second only whether it ended (builder/kojid,
BuildRoot.mock).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from koji_imagebuild.tools.base import Command

# The shell reads the time itself: what is in a build root is not known.
_MARK = "read -r image_build_now _ </proc/uptime; echo image-build-command {} $image_build_now"
# mock puts something in front of a line where it is told to; a command's last may have no end.
_LINE = re.compile(rb"(?:^\S+ )?image-build-command (\d{1,3}) (\d+(?:\.\d+)?)$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """One command's part."""

    output: bytes
    seconds: float


def argv(commands: Sequence[Command]) -> tuple[str, ...]:
    """Runs them one after the other, up to the first that fails; its status is that one's."""
    if len(commands) == 1:
        return commands[0].argv
    lines = [f"{shlex.join(commands[0].argv)} || exit"]
    for number, command in enumerate(commands[1:], start=1):
        lines += [_MARK.format(number), f"{shlex.join(command.argv)} || exit"]
    # One line: mock repeats a command that failed, and its further lines would look like output.
    return ("/bin/sh", "-c", "; ".join(lines))


def split(output: bytes, most: int, begin: float, end: float) -> tuple[Part, ...]:
    """The parts of those that began.

    A command may print such lines itself. Then logs are cut elsewhere, and a failure is put down to
    another command; whether there was one is not read here.

    :param most: how many there are at most
    :param begin: of the first, by the clock of /proc/uptime
    :param end: of the last that began
    """
    return tuple(_parts(output, most, begin, end))


def _parts(output: bytes, most: int, begin: float, end: float) -> Iterator[Part]:
    position, number = 0, 1
    for mark in _LINE.finditer(output):
        if int(mark[1]) != number or number == most:
            continue
        now = min(max(begin, float(mark[2])), end)
        yield Part(output[position : mark.start()], now - begin)
        begin, position, number = now, mark.end(), number + 1
    yield Part(output[position:], end - begin)

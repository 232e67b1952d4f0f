"""The decisive lines of a failed kiwi, out of the hundreds of its log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from koji_imagebuild.tools.diagnosis import Diagnosis
from koji_imagebuild.tools.kiwi import causes, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_LINES: Final = 16
_TAIL_LINES: Final = 8

_PREFIX = re.compile(r"\[ (DEBUG|INFO|WARNING|ERROR) *\]: (?:\d\d:\d\d:\d\d \| )?")
# What dnf, kiwi and mock say that has nothing to do with the failure.
_NOISE = re.compile(
    r"No matches found for the following (enable|disable) plugin patterns: \S+"
    r"|^\s*:\s*$|^Error:\s*$|^(Start|Finish|INFO|Mock Version): .*"
    r"|^ERROR: Option --old-chroot has been deprecated.*|^.* Running mock as \w+$"
)
# Behind this kiwi repeats the progress of a command (kiwi/command.py).
_STDOUT = re.compile(r"^, stdout: ")
# Says only that dnf's own lines follow (kiwi/system/prepare.py).
_DNF_FOLLOWS = re.compile(
    r"^Kiwi(\w+PhaseFailed|SystemInstallPackagesFailed|CommandError): "
    r"(\w+ package installation failed: *|dnf\d?: stderr: *)"
)
# The temporary file that libxml2 names is gone, and its lines are not those of the description.
_LIBXML2 = re.compile(r"^\S+:\d+:\d+:ERROR:\w+:")
_SCRIPT = re.compile(
    r"KiwiScriptFailed: (?P<script>\S+) failed(?: with)?: *(?P<stderr>.*)", re.DOTALL
)


def diagnose(log: str) -> Diagnosis:
    """Find what kiwi, dnf or a script said last; ``log`` is that of one command."""
    lines = log.replace("\r", "\n").split("\n")
    said = _last_error(lines)
    text = "\n".join(said)
    cause = causes.of(text)
    if "KiwiDescriptionInvalid" in text:
        said = [*_schema(lines), *said]
    elif script := _SCRIPT.match(text):
        said = _of_script(lines, script)
    return Diagnosis(cause, _step(lines), tuple(_shortened(said)))


def _step(lines: Sequence[str]) -> str:
    """What kiwi had begun last."""
    return next(filter(None, map(progress.reached, reversed(lines))), "")


def _last_error(lines: Sequence[str]) -> list[str]:
    """The last message of level ERROR without its prefix, else the end of the log."""
    for start in range(len(lines) - 1, -1, -1):
        prefix = _PREFIX.match(lines[start])
        if prefix and prefix.group(1) == "ERROR":
            return _cleaned([lines[start][prefix.end() :], *_continued(lines, start + 1)])
    tail = [line for line in lines if _NOISE.sub("", line).strip() and "[ DEBUG" not in line[:8]]
    return _cleaned(tail[-_TAIL_LINES:])


def _continued(lines: Sequence[str], start: int) -> list[str]:
    """The lines of a message behind its first; only that has a prefix."""
    found = []
    for line in lines[start:]:
        if _PREFIX.match(line):
            break
        found.append(line)
    return found


def _cleaned(lines: Sequence[str]) -> list[str]:
    found = []
    for number, line in enumerate(lines):
        if _STDOUT.match(line):
            break
        headline = _DNF_FOLLOWS.match(line) if number == 0 else None
        rest = _NOISE.sub("", line[headline.end() :] if headline else line)
        if rest.strip():
            found.append(rest.rstrip())
    # A traceback says it in its last line.
    return found[-1:] if any(line.startswith("Traceback (most") for line in found) else found


def _schema(lines: Sequence[str]) -> list[str]:
    """What the schema has against a description: libxml2's lines, or schematron's."""
    found = []
    for number, line in enumerate(lines):
        prefix = _PREFIX.match(line)
        if prefix and line.startswith("--> ", prefix.end()) and "ERROR:" in line:
            found += [line[prefix.end() + 4 :], *_continued(lines, number + 1)]
        elif prefix and line[prefix.end() :].startswith("Schematron validation failed"):
            found += [
                each[prefix.end() :]
                for each in lines[number + 1 :]
                if each.startswith("--> ", prefix.end())
            ]
    return [_LIBXML2.sub("", line) for line in found if line.strip()]


def _of_script(lines: Sequence[str], script: re.Match[str]) -> list[str]:
    """A script's last words: its standard error, or its output when that is empty."""
    words = [line for line in script.group("stderr").split("\n") if line.strip()]
    if not words:
        words = _printed(lines)
    return [f"KiwiScriptFailed: {script.group('script')} failed", *words[-_TAIL_LINES:]]


def _printed(lines: Sequence[str]) -> list[str]:
    """What the last script wrote to its standard output."""
    messages = [_PREFIX.sub("", line) for line in lines]
    try:
        stop = len(messages) - messages[::-1].index("--------------out stop--------------") - 1
        start = stop - messages[:stop][::-1].index("--------------out start-------------")
    except ValueError:
        return []
    return [line for line in messages[start:stop] if line.strip()]


def _shortened(lines: Sequence[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return list(lines)
    left_out = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"({left_out} more lines in the log)"]

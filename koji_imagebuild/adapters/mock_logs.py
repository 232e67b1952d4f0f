"""Why mock could not fill a build root, out of its logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from koji_imagebuild.errors import Infrastructure, PreflightError, Told

if TYPE_CHECKING:
    from pathlib import Path

# dnf's and dnf5's words when the packages themselves cannot be had.
_PACKAGES = re.compile(
    r"(?:No match for argument|nothing provides|Unable to find a match|No match for group"
    r"|conflicting requests|cannot install|Module or Group '.*' is not available"
    r"|^\s*(?:Error: )?\s*Problem)",
    re.MULTILINE,
)
# The kernel's words, rpm's, dnf's.
_SPACE = re.compile(
    r"No space left on device|needs \d.* (?:more space|inodes) on|more space needed on"
)
# What mock puts before every line of a command in root.log.
_PREFIX = re.compile(r"^DEBUG util\.py:\d+: +", re.MULTILINE)
_TAIL = 64 << 10
_SHOWN = 12


def explain(problem: Exception, resultdir: Path, output: Path) -> Told:
    """What stands behind a failed ``mock --init``.

    :param resultdir: mock's, with root.log
    :param output: what mock printed
    """
    text = _PREFIX.sub("", "".join(_tail(path) for path in (resultdir / "root.log", output)))
    if _SPACE.search(text):
        return Infrastructure(
            "The builder's disk is full: the build root could not be filled", log="root.log"
        )
    lines = [line.strip() for line in text.splitlines() if _PACKAGES.search(line)]
    if lines:
        return PreflightError(
            "The build root could not be filled: packages of its group cannot be installed",
            lines=tuple(dict.fromkeys(lines))[:_SHOWN],
            log="root.log",
        )
    return Infrastructure(
        f"The build root could not be filled: {problem}", lines=_last_words(output), log="root.log"
    )


def _last_words(output: Path) -> tuple[str, ...]:
    """What mock says last, from the line on that begins with ERROR."""
    lines = [line.rstrip() for line in _tail(output).splitlines()]
    # It says so of kojid's --old-chroot, every time.
    begins = [
        number
        for number, line in enumerate(lines)
        if line.startswith("ERROR: ") and "has been deprecated" not in line
    ]
    return tuple(filter(None, lines[begins[-1] :]))[:_SHOWN] if begins else ()


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _TAIL))
            return stream.read().decode(errors="replace")
    except OSError:
        return ""

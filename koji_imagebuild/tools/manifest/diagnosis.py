"""Why osbuild failed, out of the log that narrate.py wrote."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from koji_imagebuild.tools.diagnosis import BUSY, Cause, Diagnosis
from koji_imagebuild.tools.manifest import progress
from koji_imagebuild.tools.manifest.narrate import MARK

_MOST_LINES: Final = 16
_OURS = re.compile(rf"(?:\S+ )?{MARK}")
_HEADLINE = re.compile(r"failed in |failed without a result|failed: |refused the manifest: ")
_DOWNLOAD_FAILED: Final = "failed in source org.osbuild.curl"
_TRACEBACK: Final = "Traceback (most recent call last):"
# What runners say before every stage, whether it fails or not.
_NOISE = re.compile(r"/usr/lib/(tmpfiles|sysusers)\.d/\S+:\d+: ")
# curl's reason for each file, ten times over, unless it came after all; the result names one file
# only, and without a reason.
_TRIED = re.compile(
    r": (?:WARNING: failed to download|Downloaded) (?P<url>\S+?)(?P<why>: .*\S)?\s*$"
)

#: What curl cannot do now, but may later. Not 22, a refusal, of which the server's number tells
#: more, and not 37, a file that is not there.
_NETWORK: Final = (
    r"curl.*(exit code|exited with code|return_code) (5|6|7|16|18|28|35|52|55|56|92)\b"
)

#: In this order: a full disk shows as a failed download as well, and where one file is refused, as
#: by 404, the others need not be tried again.
_CAUSES: Final = (
    (r"No space left on device|Disk quota exceeded|curl.*exit code 23\b", Cause.NO_SPACE),
    (r"/dev/loop|'loop\d+'|loop device", Cause.NO_LOOP_DEVICE),
    (rf"checksum mismatch|URL returned error: (?!{BUSY})", Cause.UNKNOWN),
    (rf"{_NETWORK}|No more mirrors to try|URL returned error: ", Cause.DOWNLOAD),
    (r"refused the manifest|Unsupported manifest format|not found in \[", Cause.DESCRIPTION),
    (r"org\.osbuild\.rpm\b", Cause.PACKAGES),
)


def diagnose(log: str) -> Diagnosis:
    """Find what osbuild said last; ``log`` is that of one command."""
    lines = log.replace("\r", "\n").split("\n")
    step = next(filter(None, map(progress.step, reversed(lines))), "")
    said = _ending(lines)
    if not said or said[0] == "failed without a result":
        said = [*said[1:], *_traceback(lines)] or said or _tail(lines)
    kept = [line for line in _without_traceback(said) if not _NOISE.search(line)]
    lost = _lost(lines) if kept[:1] == [_DOWNLOAD_FAILED] else []
    kept += lost
    text = "\n".join([*said, *lost])
    cause = next((kind for words, kind in _CAUSES if re.search(words, text)), Cause.UNKNOWN)
    # The headline says where, and the last lines say why.
    shown = kept if len(kept) <= _MOST_LINES else [kept[0], *kept[1 - _MOST_LINES :]]
    return Diagnosis(cause, step, tuple(shown))


def _ending(lines: list[str]) -> list[str]:
    """narrate.py's last words, without its mark."""
    ours = [line[found.end() :].rstrip() for line in lines if (found := _OURS.match(line))]
    starts = [number for number, line in enumerate(ours) if _HEADLINE.match(line)]
    return [line for line in ours[starts[-1] :] if line] if starts else []


def _lost(lines: list[str]) -> list[str]:
    """Files that could not be downloaded, each with the last reason."""
    reasons: dict[str, str] = {}
    for tried in filter(None, map(_TRIED.search, lines)):
        reasons[tried["url"]] = tried["why"] or ""
    return [f"{url}{why}" for url, why in reasons.items() if why]


def _without_traceback(lines: list[str]) -> list[str]:
    """A traceback's last line says it; those before it begin with blanks."""
    start = next((n for n, line in enumerate(lines) if line.startswith(_TRACEBACK)), len(lines))
    return [*lines[:start], *(line for line in lines[start + 1 :] if not line.startswith(" "))]


def _traceback(lines: list[str]) -> list[str]:
    """The line behind a traceback, which says it."""
    found = []
    for number, line in enumerate(lines):
        if _TRACEBACK in line:
            rest = (each for each in lines[number + 1 :] if each and not each.startswith(" "))
            found += [each.rstrip() for each in islice(rest, 1)]
    return found


def _tail(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()][-_MOST_LINES:]

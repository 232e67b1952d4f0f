"""Words of kiwi, dnf and the tools behind them that tell whose fault a failure is."""

from __future__ import annotations

import re
from typing import Final

from koji_imagebuild.tools.diagnosis import Cause

#: Regular expressions, asked in this order: a full disk shows as a failed download as well, and
#: a script that cannot download is a failed script.
_WORDS: Final[dict[Cause, tuple[str, ...]]] = {
    Cause.NO_SPACE: (
        r"No space left on device",
        r"Disk quota exceeded",
        r"more space needed on",
        r"Curl error \(23\)",
        r"Failed writing received data to disk",
    ),
    Cause.NO_LOOP_DEVICE: (
        r"cannot find an unused loop device",
        r"could not find any free loop",
        r"failed to set up loop device",
    ),
    Cause.SCRIPT: (r"KiwiScriptFailed", r"^make: \*\*\*"),
    Cause.DOWNLOAD: (
        r"Curl error",
        r"Status code: (?!404)[45]\d\d",
        r"[Ff]ailed to download",
        r"[Cc]annot download",
        r"Error downloading",
        r"Could not resolve host",
        r"import read failed",
    ),
    Cause.PACKAGES: (
        r"nothing provides",
        r"Unable to find a match",
        r"No match for argument",
        r"conflicting requests",
        r"cannot install",
        r"Failed to resolve",
        r"GPG check FAILED",
        r"is not signed",
        r"conflicts with",
        r"scriptlet",
    ),
    Cause.DESCRIPTION: (
        r"Kiwi(Description|Type|Profile|Config|Data|Validation|Runtime|Includ)",
        r"Failed to set type attribute",
    ),
}
_PATTERNS: Final = tuple(
    (cause, re.compile("|".join(words), re.MULTILINE)) for cause, words in _WORDS.items()
)


def of(text: str) -> Cause:
    """The cause the decisive lines of a failure speak of."""
    return next((cause for cause, pattern in _PATTERNS if pattern.search(text)), Cause.UNKNOWN)

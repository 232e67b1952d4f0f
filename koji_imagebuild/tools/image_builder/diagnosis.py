"""Why image-builder wrote no manifest: it says so behind ``error: ``, in one line or several."""

from __future__ import annotations

import re
from typing import Final

from koji_imagebuild.tools.diagnosis import Cause, Diagnosis

_ERROR = re.compile(r"^error: ", re.MULTILINE)
_MOST_LINES: Final = 12

#: In this order: a repository that cannot be reached also fails the depsolving.
_CAUSES: Final = (
    (r"[Nn]o space left on device", Cause.NO_SPACE),
    (r"DNF error occurred: RepoError|Failed to download|Curl error", Cause.DOWNLOAD),
    (r"error depsolving package sets", Cause.PACKAGES),
    (
        (
            r"cannot find image for:|cannot decode|unknown keys|blueprint validation failed"
            r"|OSTree is not supported|different from blueprint|cannot unmarshal|not supported"
        ),
        Cause.DESCRIPTION,
    ),
)


def said_an_error(log: str) -> bool:
    """Whether image-builder itself says why it failed."""
    return bool(_ERROR.search(log))


def diagnose(log: str) -> Diagnosis:
    """Find what image-builder said last."""
    text = log[max((found.end() for found in _ERROR.finditer(log)), default=0) :]
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    cause = next((kind for words, kind in _CAUSES if re.search(words, text)), Cause.UNKNOWN)
    return Diagnosis(cause, "resolve packages", tuple(lines[:_MOST_LINES]))

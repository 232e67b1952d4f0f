"""Why image-builder wrote no manifest: it says so behind ``error: ``, in one line or several."""

from __future__ import annotations

import re
from typing import Final

from koji_imagebuild.tools.diagnosis import BUSY, Cause, Diagnosis
from koji_imagebuild.tools.manifest.narrate import MARK

# A crash says so instead, before the stacks of all that ran.
_ERROR = re.compile(r"^(?:error: |(?=panic: |fatal error: ))", re.MULTILINE)
# What stages say comes as it is, and rpm begins its errors alike.
_OSBUILD = re.compile(rf"^(?:\S+ )?{MARK}", re.MULTILINE)
_MOST_LINES: Final = 12
# pkg/container/skopeo.go: skopeo looks containers up, and image-builder leaves its reasons out.
_SKOPEO = re.compile(r'^time="[^"]*" level=fatal msg="(.+)"$', re.MULTILINE)
_BY_SKOPEO: Final = "failed to resolve container"

#: In this order: a repository that cannot be reached also fails the depsolving.
_CAUSES: Final = (
    (r"[Nn]o space left on device", Cause.NO_SPACE),
    (r"DNF error occurred: RepoError|Failed to download|Curl error", Cause.DOWNLOAD),
    (rf"error sending request to |returned status: {BUSY}", Cause.DOWNLOAD),
    (rf"dial tcp|i/o timeout|toomanyrequests|(?:registry|HTTP status:) {BUSY}", Cause.DOWNLOAD),
    (r"error depsolving package sets", Cause.PACKAGES),
    (
        (
            r"cannot find image for:|cannot decode|unknown keys|blueprint validation failed"
            r"|OSTree is not supported|different from blueprint|cannot unmarshal|not supported"
            rf"|error resolving ostree commit|invalid ostree|{_BY_SKOPEO}"
        ),
        Cause.DESCRIPTION,
    ),
)


def said_an_error(log: str) -> bool:
    """Whether image-builder itself says why it failed."""
    return bool(_ERROR.search(log)) and not _OSBUILD.search(log)


def diagnose(log: str) -> Diagnosis:
    """Find what image-builder said last."""
    text = log[max((found.end() for found in _ERROR.finditer(log)), default=0) :]
    if text.startswith(_BY_SKOPEO):
        text += "\n".join(reason.replace('\\"', '"') for reason in _SKOPEO.findall(log))
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    cause = next((kind for words, kind in _CAUSES if re.search(words, text)), Cause.UNKNOWN)
    return Diagnosis(cause, "resolve packages", tuple(lines[:_MOST_LINES]))

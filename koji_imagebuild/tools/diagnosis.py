"""Why a tool failed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

#: A server's number for what it cannot do now, as curl's ``--retry`` has them.
BUSY: Final = r"(?:408|429|5\d\d)\b"


class Cause(enum.Enum):
    """Why a tool failed, as far as its log says."""

    UNKNOWN = "unknown"
    DESCRIPTION = "description"
    PACKAGES = "packages"
    SCRIPT = "script"
    #: A download from a repository failed: it may work a minute later.
    DOWNLOAD = "download"
    #: Something was full; whether the builder or the image itself is for the caller to find out.
    NO_SPACE = "no space"
    NO_LOOP_DEVICE = "no loop device"


@dataclass(frozen=True)
class Diagnosis:
    """What a tool's log says about its failure.

    :param step: what the tool was at, as people call it
    :param lines: its decisive lines, verbatim, a handful
    """

    cause: Cause
    step: str
    lines: tuple[str, ...]

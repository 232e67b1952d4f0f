"""Resolves refs of OSTree repositories, by HTTP as pkg/ostree/ostree.go of version 79."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from typing import Final

from .flags import UsageError

_COMMIT: Final = re.compile(r"[0-9a-f]{64}\Z")
_SECONDS: Final = 30


def commit(url: str, ref: str) -> str:
    """The commit that a ref means. :raises UsageError: when it cannot be read"""
    if _COMMIT.match(ref):
        return ref
    address = f"{url.rstrip('/')}/refs/heads/{ref}"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310
            found = str(answer.read().decode().strip())
    except urllib.error.HTTPError as error:
        status = f"{error.code} {error.reason}"
        raise UsageError(f'ostree repository "{address}" returned status: {status}') from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        why = f'Get "{address}": {getattr(reason, "strerror", None) or reason}'.lower()
        said = f'error sending request to ostree repository "{address}"'
        raise UsageError(f"{said}: {why}") from None
    if not _COMMIT.match(found):
        raise UsageError(f'ostree repository "{address}" returned invalid reference')
    return found

"""Where an installed Koji is: on the system, or in a folder laid out the same way."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import database

#: Names a folder with what Koji and mock have in /usr and /etc; it is laid over the system's.
TREE = "KOJI_TREE"

_NEEDED = (
    "usr/share/koji-hub/kojiapp.py",
    "usr/share/koji/schema.sql",
    "usr/sbin/kojid",
    "usr/sbin/kojira",
    "usr/libexec/mock/mock",
)


def tree() -> Path | None:
    named = os.environ.get(TREE)
    return Path(named).resolve() if named else None


def missing() -> str:
    """What keeps a private Koji from being started here; empty when nothing does."""
    tops = [Path("/"), *filter(None, [tree()])]
    gone = [f"/{path}" for path in _NEEDED if not any((top / path).exists() for top in tops)]
    if gone:
        return f"no Koji is installed, and {TREE} names no folder with one: {gone[0]} is missing"
    if database.programs() is None:
        return f"no PostgreSQL server is installed, and {database.VARIABLE} names none"
    return ""


if __name__ == "__main__":
    # An empty string would be a failure without a word.
    sys.exit(missing() or 0)

"""What a running image-builder is at, as people call it, read from a line of its log."""

from __future__ import annotations


def step(line: str) -> str | None:
    """The step a line of the log begins."""
    return "resolve packages" if line.startswith("Building manifest for ") else None

"""What a running image-builder is at, as people call it, read from a line of its log."""

from __future__ import annotations

from koji_imagebuild.tools.manifest import progress


def step(line: str) -> str | None:
    """The step a line of the log begins."""
    if line.startswith("Building manifest for "):
        return "resolve packages"
    return progress.step(line)

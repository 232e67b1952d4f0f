"""Where in a build root a job works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

WORK = PurePosixPath("/builddir/image-build")


@dataclass(frozen=True)
class Layout:
    """The folder a job works in, as the builder and as the build root see it.

    :param root: the build root on the builder
    :param work: the job's folder inside the build root; it is the job's alone
    """

    root: Path
    work: PurePosixPath = WORK

    def on_builder(self, inside: PurePosixPath) -> Path:
        """Where the builder finds a path of the build root; it may still be a symlink."""
        return self.root / inside.relative_to("/")

    def inside(self, path: Path) -> PurePosixPath:
        """Where the build root finds a path below it that the builder knows."""
        return PurePosixPath("/", path.resolve().relative_to(self.root.resolve()))

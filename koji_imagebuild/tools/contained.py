"""The wrapper that every command of a tool runs in: nothing of it stays, and / is a mount point."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from koji_imagebuild.tools.layout import Layout

_SCRIPT: Final = "contained.sh"
# Either of them makes image-builder and osbuild believe that they run in a container, and
# image-builder then mounts over /dev (cmd/image-builder, setup.go).
_MARKS: Final = ((".", ".dockerenv"), ("run", ".containerenv"))


def lay_out(layout: Layout) -> None:
    """Put the wrapper into the job's folder, and make the build root what tools expect."""
    folder = layout.on_builder(layout.work)
    folder.mkdir(parents=True, exist_ok=True)
    script = resources.files("koji_imagebuild.tools").joinpath(_SCRIPT)
    (folder / _SCRIPT).write_bytes(script.read_bytes())
    root = Tree(layout.root, "the build root")
    for place, name in _MARKS:
        if (root.top / place).is_dir():
            (root.path(place) / name).unlink(missing_ok=True)
    # osbuild binds it, whether it is there or not.
    (root.top / "etc").mkdir(exist_ok=True)
    (root.path("etc") / "containers").mkdir(exist_ok=True)


def argv(work: PurePosixPath) -> tuple[str, ...]:
    """What comes before a command's own words.

    :param work: the job's folder in the build root
    """
    return ("/bin/sh", str(work / _SCRIPT))

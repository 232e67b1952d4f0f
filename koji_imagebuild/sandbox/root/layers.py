"""Two ways from a ready root to one that a build may change: copied, or layered over it.

Only /usr is layered, and the rest, where builds write, is plain files as in mock: a loop device
whose backing file lies on an overlay loses its path when the mount goes, so nobody could find
leaked ones; and the tools' own overlays cannot be stacked on ours. Of a root of 284 MB that leaves
a hundredth to copy. Copying all of it takes 0.4 s on an idle disk and 8 s on a busy one.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root.namespace import mount, unmount

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAYERED = "usr"


def copy(ready: Path, root: Path) -> None:
    """:raises Infrastructure: with cp's own lines"""
    root.mkdir()
    _copy_into(root, ready.iterdir())


def layer(ready: Path, root: Path) -> None:
    """Copy all but /usr, mount that as an overlay; the caller's mount namespace is its own.

    Where the kernel refuses, as on a root that is an overlay itself, /usr is copied too.

    :raises Infrastructure: with cp's own lines
    """
    root.mkdir()
    below = ready / _LAYERED
    _copy_into(root, (path for path in ready.iterdir() if path != below))
    if not below.is_dir():
        return
    usr, upper, work = (
        root / _LAYERED,
        root.with_name(f"{root.name}-changed"),
        root.with_name(f"{root.name}-work"),
    )
    for folder in (usr, upper, work):
        folder.mkdir()
    # Without redirect_dir folders of the lower layer cannot be renamed.
    options = f"lowerdir={below},upperdir={upper},workdir={work},redirect_dir=on"
    try:
        mount("overlay", usr, "overlay", 0, options)
    except OSError:
        usr.rmdir()
        _copy_into(root, [below])


def release(root: Path) -> None:
    """Unmount what :func:`layer` mounted; a build may have put a symlink in its place."""
    usr = root / _LAYERED
    if usr.is_mount() and not usr.is_symlink():
        unmount(usr)


def in_use(ready: Path) -> bool:
    """Whether a root of this mount namespace is layered over a ready root."""
    return f"lowerdir={ready / _LAYERED}," in Path("/proc/self/mountinfo").read_text()


def _copy_into(root: Path, trees: Iterable[Path]) -> None:
    argv = ("cp", "-a", "--reflink=auto", f"--target-directory={root}", "--", *map(str, trees))
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Infrastructure(
            f"the build root cannot be copied to {root}", lines=done.stderr.splitlines()[:5]
        )

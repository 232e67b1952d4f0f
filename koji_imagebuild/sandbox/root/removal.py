"""Removing trees that somebody may have mounted something into."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from koji_imagebuild.errors import Infrastructure


def mounts_below(path: Path, mountinfo: str) -> tuple[str, ...]:
    """Name the mount points at or below ``path``, from the text of /proc/self/mountinfo."""
    top = str(path)
    points = (_unescape(line.split(" ")[4]) for line in mountinfo.splitlines())
    return tuple(point for point in points if point == top or point.startswith(top + "/"))


def command(*paths: Path) -> tuple[str, ...]:
    """The argument list that removes trees, in this order, and never leaves their file system."""
    return ("rm", "-rf", "--one-file-system", "--", *map(str, paths))


def refuse_mounts(path: Path) -> None:
    """:raises Infrastructure: when something is mounted there, because its content is not ours."""
    mounted = mounts_below(path.resolve(), Path("/proc/self/mountinfo").read_text())
    if mounted:
        raise Infrastructure(
            f"{path} is not removed: something is mounted below it",
            lines=mounted,
            repair=f"Unmount it and try again: umount -R {mounted[0]}",
        )


def remove(path: Path) -> None:
    """Remove a tree.

    :raises Infrastructure: when something is mounted there or it cannot be removed
    """
    if not os.path.lexists(path):
        return
    refuse_mounts(path)
    done = subprocess.run(command(path), check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Infrastructure(f"{path} cannot be removed", lines=done.stderr.splitlines()[:5])


def _unescape(field: str) -> str:
    """Undo the kernel's octal escapes of blanks and backslashes."""
    return field.encode().decode("unicode_escape").encode("latin-1").decode()

"""What this machine must have before anything is tried."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from typing import Final

import koji

from koji_imagebuild.errors import PreflightError, RequestError

_PROGRAMS: Final = ("dnf", "rpm")
_MODULES: Final = ("rpm", "lxml")
_DEBIAN: Final = "apt-get install dnf rpm python3-rpm python3-lxml git kmod"
_FEDORA: Final = "dnf install dnf rpm python3-rpm python3-lxml git kmod"


def check() -> None:
    """:raises PreflightError: naming what is missing, and how to get it"""
    if os.geteuid() != 0:
        raise PreflightError(
            "A build on this machine needs root: a build root is filled, images are mounted",
            repair="Call it with sudo. Scripts of the description run as root, too:"
            " build what you trust",
        )
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    missing += [f"Python's {name}" for name in _MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise PreflightError(
            f"This machine has no {', no '.join(missing)}",
            repair=f"Debian: {_DEBIAN}\nFedora: {_FEDORA}",
        )


def arch(asked: tuple[str, ...]) -> str:
    """The arch of this machine, as Koji spells it.

    :raises RequestError: when another one is asked for
    """
    own: str = koji.canonArch(platform.machine())
    foreign = [each for each in asked if koji.canonArch(each) != own]
    if foreign:
        raise RequestError(f"--arch {foreign[0]}: this machine builds {own} only")
    return own

"""The few ways in which builder plugins call mock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownArgumentError(ValueError):
    """The stand-in for mock does not know an argument."""


@dataclass(frozen=True)
class Init:
    """Make the build root anew."""


@dataclass(frozen=True)
class Clean:
    """Remove the build root; its logs stay."""


@dataclass(frozen=True)
class Chroot:
    """Run a command in the build root.

    :param cwd: inside the root
    """

    argv: tuple[str, ...]
    cwd: str = "/"


Call = Union[Init, Clean, Chroot]


def parse(arguments: Sequence[str]) -> Call:
    """Read mock's arguments.

    A single word after ``--chroot`` is a shell command, as in mock (mockbuild/backend.py, chroot).

    :raises UnknownArgumentError: for what is neither of these nor ``--cwd`` or ``--no-clean``
    """
    words = list(arguments)
    mode, cwd = "", "/"
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word == "--":
            break
        if word in {"--init", "--clean", "--chroot"}:
            mode = word
        elif word == "--cwd" and words:
            cwd = words.pop(0)
        elif word != "--no-clean":
            raise UnknownArgumentError(
                "mock's stand-in knows --init, --clean, --chroot, --cwd DIR and --no-clean,"
                f" not {word}"
            )
    if mode == "--init" and not words:
        return Init()
    if mode == "--clean" and not words:
        return Clean()
    if mode == "--chroot" and words:
        return Chroot(tuple(words) if len(words) > 1 else ("/bin/sh", "-c", words[0]), cwd)
    raise UnknownArgumentError(f"mock's stand-in cannot make sense of: {' '.join(arguments)}")

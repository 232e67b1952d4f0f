"""What a tool adds to the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from koji_imagebuild.cli.options import Group, Option

#: What a line of a running task's log says about the step it is at; None when it says nothing.
Step = Callable[[str], Optional[str]]


@dataclass(frozen=True)
class Positional:
    """A word of the command that is no option.

    :param key: where it goes: an argument of the hub call, or a key of its ``source``
    :param count: as argparse counts: None is one, ``?`` one or none, ``+`` one or more
    """

    name: str
    key: str
    help: str
    count: str | None = None


@dataclass(frozen=True)
class Source:
    """What is built.

    :param wire: the hub call's ``source``; without the upload's place when there is a folder
    :param folder: a folder on this machine that has to be uploaded first
    :param file: a file on this machine, in the place of a folder with just this
    :param upload_as: what the file is called there
    """

    wire: Mapping[str, object]
    folder: Path | None = None
    file: Path | None = None
    upload_as: str = ""


@dataclass(frozen=True)
class ToolCommand:
    """One word after ``koji image-build-local``.

    :param positionals: ``TARGET`` is always one
    :param source: from the positionals that were given, by name, and the options' values, by key
    :param step: reads the tool's progress out of its log
    """

    name: str
    summary: str
    description: str
    usage: str
    examples: str
    positionals: tuple[Positional, ...]
    groups: tuple[Group, ...]
    source: Callable[[Mapping[str, Any], Mapping[str, Any]], Source]
    step: Step

    @property
    def options(self) -> tuple[Option, ...]:
        return tuple(option for group in self.groups for option in group.all)

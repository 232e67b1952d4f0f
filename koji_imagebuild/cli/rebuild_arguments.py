"""``koji image-rebuild-local``: from words on a command line to one frozen value."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.cli.arguments import Parser, add_options, split
from koji_imagebuild.cli.options import BUILD, PACKAGES, TASK, Group, Kind, Option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM: Final = "koji image-rebuild-local"
_REPO: Final = frozenset(("repo_id", "event", "wait_repo", "wait_builds"))

_ARCHES: Final = Group(
    "which arches",
    exclusive=(
        (
            Option(
                ("--arch",),
                "arches",
                "build these again although they succeeded, comma separated; with --scratch:"
                " build only these",
                Kind.WORDS,
                "ARCH",
                sent=False,
            ),
            Option(("--all",), "all", "build all of them again"),
        ),
    ),
)
_BUILD: Final = Group(
    "what is asked differently than then",
    tuple(
        replace(option, help="release of the build; all arches are built again then")
        if option.key == "release"
        else option
        for option in BUILD.options
        if option.key != "arches"
    ),
)
_PACKAGES: Final = Group(
    "packages come from the same repository as then, but",
    (
        Option(
            ("--fresh-repo",),
            "fresh_repo",
            "take the build tag's repository as it is now",
        ),
        *(option for option in PACKAGES.all if option.key in _REPO | {"allow_unknown_rpms"}),
    ),
)
_TASK: Final = replace(
    TASK, options=tuple(option for option in TASK.options if option.key != "config")
)
GROUPS: Final = (_ARCHES, _BUILD, _PACKAGES, _TASK)
OPTIONS: Final = tuple(option for group in GROUPS for option in group.all)

_EPILOG: Final = """\
examples:
  what of task 41 failed, into the same release:
    koji image-rebuild-local 41
  a build that is complete, in a new release, with today's packages:
    koji image-rebuild-local Cloud-44-3 --fresh-repo
  one arch of it, to look at:
    koji image-rebuild-local Cloud-44-3 --scratch --arch aarch64

The same commit of the source is built. Arches that succeeded are reused where
the build failed or was canceled before its import; all are built again in every
other case. What will be done is shown before the task is created.
"""


@dataclass(frozen=True)
class RebuildOptions:
    """What was asked for.

    :param origin: a task id or an N-V-R
    :param opts: the hub call's
    :param priority: relative to Koji's default
    :param wait: None means: unless it runs in the background
    """

    origin: str
    arches: tuple[str, ...]
    opts: Mapping[str, object]
    priority: int | None
    wait: bool | None
    json: bool


def parse(args: Sequence[str]) -> RebuildOptions:
    """Read the command line.

    :raises ArgumentsError: naming the first that is wrong
    :raises SystemExit: after ``--help``
    """
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [options] TASK|N-V-R",
        description="Build an image again that Koji built before.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("ORIGIN", metavar="TASK|N-V-R", help="the task, or the build it made")
    add_options(parser, GROUPS)
    typed = vars(parser.parse_args(list(args)))
    origin: str = typed.pop("ORIGIN")
    values: dict[str, Any] = split(typed, OPTIONS)
    sent = {option.key for option in OPTIONS if option.sent}
    return RebuildOptions(
        origin=origin,
        arches=tuple(values.get("arches", ())),
        opts={key: value for key, value in values.items() if key in sent},
        priority=values.get("priority"),
        wait=values.get("wait"),
        json=values.get("json", False),
    )

"""``koji image-rebuild-local --here``: what can be asked where a hub is only read."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from koji_imagebuild.cli.arguments import Parser, add_options, split
from koji_imagebuild.cli.options import Group, Kind, Option
from koji_imagebuild.cli.rebuild_arguments import PROGRAM
from koji_imagebuild.here import machine
from koji_imagebuild.here.arguments import FLAG, HERE, root_repos

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUPS: Final = (
    HERE,
    Group(
        "what is asked differently than then",
        (
            Option(
                ("--repo",),
                "repo",
                "take packages from here instead of the build tag's repository, of the build root"
                " and of an image that had them from there",
                Kind.ONE,
                "URL",
                sent=False,
            ),
            Option(("--arch",), "arches", "this machine's arch; it builds no other", Kind.WORDS),
            Option(("--json",), "json", "print one JSON object at the end and nothing else"),
        ),
    ),
)
_OPTIONS: Final = tuple(option for group in _GROUPS for option in group.all)
_DESCRIPTION: Final = """\
Build again on this machine, as root, what a task of a Koji built for this machine's arch: the same
commit, the same packages' repository, or the manifest that was kept. Nothing is submitted."""
_EPILOG: Final = """\
The hub is read, without a login. Afterwards the image is compared with the one that was built then.
"""


@dataclass(frozen=True)
class HereRebuild:
    """What was asked for.

    :param origin: a task id or an N-V-R
    :param repo: base address in the place of the build tag's repository; empty for that itself
    :param root_repos: base addresses for the build root alone
    """

    origin: str
    arch: str
    repo: str
    root_repos: tuple[str, ...]
    output: Path | None
    json: bool


def parse(args: Sequence[str]) -> HereRebuild:
    """Read the command line.

    :raises RequestError: naming the first that is wrong
    :raises SystemExit: after ``--help``
    """
    parser = Parser(
        prog=f"{PROGRAM} {FLAG}",
        usage=f"{PROGRAM} {FLAG} [options] TASK|N-V-R",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("ORIGIN", metavar="TASK|N-V-R", help="the task, or the build it made")
    add_options(parser, _GROUPS)
    typed = vars(parser.parse_args([word for word in args if word != FLAG]))
    values = split(typed, _OPTIONS)
    arch = machine.arch(tuple(values.get("arches", ())))
    (repo,) = root_repos("--repo", [values["repo"]], arch, None) if "repo" in values else ("",)
    return HereRebuild(
        origin=typed["ORIGIN"],
        arch=arch,
        repo=repo,
        root_repos=root_repos("--root-repo", values.get("root_repos", ()), arch, None),
        output=Path(values["output"]).expanduser() if "output" in values else None,
        json=values.get("json", False),
    )

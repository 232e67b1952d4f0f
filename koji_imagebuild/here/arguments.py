"""``koji image-build-local TOOL --here``: every tool's own options, and none of a Koji's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.cli import arguments, repo_option
from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.options import Group, Kind, Option
from koji_imagebuild.cli.submit import in_the_users_words
from koji_imagebuild.cli.tools import TOOLS
from koji_imagebuild.errors import RequestError
from koji_imagebuild.here import koji_less, machine, repositories
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.pipeline import doors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.cli.tool_command import Source, ToolCommand
    from koji_imagebuild.pipeline.doors import Request

FLAG: Final = "--here"

#: Keys of options that mean something to a Koji only.
_KOJIS: Final = frozenset(
    {
        "skip_tag",
        "optional_arches",
        "fail_fast",
        "allow_unknown_rpms",
        "wait_repo",
        "wait_builds",
        "use_buildroot_repo",
        "repo_id",
        "event",
        "wait",
        "priority",
    }
)
#: What they mean where no Koji has a part in a build, by key.
_MEANT: Final = {
    "arches": "this machine's arch; it builds no other",
    "release": "release of the image; default: 1",
    "scratch": "what every build here is",
}
_COUNTED: Final = {None: "{0}", "?": "[{0}]", "+": "{0} [{0} ...]"}
HERE: Final = Group(
    "on this machine",
    (
        Option(
            ("--root-repo",),
            "root_repos",
            "where the build root's packages come from, may be given several times;"
            " default: every --repo",
            Kind.SEVERAL,
            "URL",
            sent=False,
            read=repo_option.read,
        ),
        Option(
            ("--output",),
            "output",
            "put the files into DIR; default: a new folder called N-V-R",
            Kind.ONE,
            "DIR",
            sent=False,
        ),
    ),
)
_DESCRIPTION: Final = """\
Build an image on this machine, as root, without a Koji: in the same kind of build root, and with
the same files and the same image-build.json. Scripts of the source run as root: build what you
trust."""
_EPILOG: Final = """\
The release is 1 unless --release is given. The build root holds the repository's comps group for
the tool, or a list of what the tool needs; which of them is printed. Build roots and packages are
kept for the next build in ~/.cache/koji-imagebuild/here. The exit status is 0 when there is an
image, 1 when it failed, 2 for wrong arguments, 130 after Ctrl-C, which leaves nothing behind.
"""


@dataclass(frozen=True)
class HereOptions:
    """What was asked for.

    :param root_repos: base addresses; those of the image's where none are given
    """

    tool: ToolCommand
    source: Source
    arch: str
    opts: Mapping[str, object]
    root_repos: tuple[str, ...]
    output: Path | None
    json: bool

    def request(self, uploaded: Mapping[str, object]) -> Request:
        """What a hub would be asked.

        :param uploaded: the location of what was packed; empty for a repository
        :raises RequestError: in the words of the command line
        """
        source = {**self.source.wire, **uploaded}
        # As of a scratch build, no hub ever hears of it.
        opts = {**self.opts, "scratch": True}
        try:
            return doors.image_build_local(
                koji_less.HERE, [self.arch], self.tool.name, source, opts
            )
        except RequestError as problem:
            raise in_the_users_words(
                problem, self.tool.options, self.opts, self.tool.positionals
            ) from None


def parse(args: Sequence[str]) -> HereOptions:
    """Read the command line.

    :raises RequestError: naming the first that is wrong
    :raises SystemExit: after ``--help``
    """
    words = [word for word in args if word != FLAG]
    if not words or words[0] not in TOOLS:
        arguments.parse(words)
    tool = TOOLS[words[0]]
    _refuse(words, tool)
    typed = arguments.read(form(tool), words[1:])
    values = typed.values
    arch = machine.arch(tuple(values.get("arches", ())))
    return HereOptions(
        tool=typed.tool,
        source=tool.source(typed.words, values),
        arch=arch,
        opts=typed.opts,
        root_repos=_root_repos(tool, values, arch),
        output=Path(values["output"]).expanduser() if "output" in values else None,
        json=values.get("json", False),
    )


def form(tool: ToolCommand) -> ToolCommand:
    """A tool's command line without a Koji."""
    groups = (replace(group, **_without_a_koji(group)) for group in tool.groups)
    positionals = tuple(word for word in tool.positionals if word.name != "TARGET")
    words = " ".join(_COUNTED[word.count].format(word.name) for word in positionals)
    return replace(
        tool,
        description=_DESCRIPTION,
        usage=f"{arguments.PROGRAM} {tool.name} {FLAG} [options] {words}",
        examples=_EPILOG,
        positionals=positionals,
        groups=(HERE, *groups),
    )


def _without_a_koji(group: Group) -> dict[str, Any]:
    exclusive = (_kept(choice) for choice in group.exclusive)
    return {
        "options": _kept(group.options),
        "exclusive": tuple(choice for choice in exclusive if choice),
    }


def _kept(options: Sequence[Option]) -> tuple[Option, ...]:
    return tuple(
        replace(option, help=_MEANT.get(option.key, option.help))
        for option in options
        if option.key not in _KOJIS
    )


def _refuse(words: Sequence[str], tool: ToolCommand) -> None:
    kojis = {flag for option in tool.options if option.key in _KOJIS for flag in option.flags}
    for word in words:
        if word.partition("=")[0] in kojis:
            raise ArgumentsError(f"{word} means nothing with {FLAG}: no Koji has a part in it")


def _root_repos(tool: ToolCommand, values: Mapping[str, Any], arch: str) -> tuple[str, ...]:
    serves = "repos" if any(option.key == "repos" for option in tool.options) else "root_repos"
    if serves == "repos" and not values.get("repos"):
        raise ArgumentsError(
            "--repo is missing: where do the image's packages come from?",
            repair="Give --repo URL, of a package repository",
        )
    given = values.get("root_repos") or values.get(serves)
    if not given:
        raise ArgumentsError(
            "--root-repo is missing: where does the build root's content come from?"
        )
    flag = "--root-repo" if "root_repos" in values else "--repo"
    return root_repos(flag, given, arch, values.get("repo_releasever"))


def root_repos(
    flag: str, given: Sequence[object], arch: str, releasever: str | None
) -> tuple[str, ...]:
    """Base addresses of what was typed.

    :param flag: what it was typed behind
    :raises RequestError: naming the one that no build root can be filled from
    """
    found = []
    for number, value in enumerate(given, start=1):
        if isinstance(value, str) and (value.startswith(("file:", "/", "."))):
            raise ArgumentsError(
                f"{flag} {value}: a build root reaches repositories by network only",
                repair="Serve the folder: python3 -m http.server --bind 127.0.0.1"
                " --directory FOLDER 8000",
            )
        found.append(Repo.from_wire(value, f"{flag} {number}"))
    return repositories.addresses(found, arch, releasever)

"""From words on a command line to one frozen value."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from koji_imagebuild.cli import config_file
from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.options import Kind, Option
from koji_imagebuild.cli.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.cli.options import Group
    from koji_imagebuild.cli.tool_command import Source, ToolCommand

PROGRAM = "koji image-build-local"


@dataclass(frozen=True)
class CliOptions:
    """What was asked for; the library's own reader checks it before it is sent.

    :param opts: the hub call's ``opts``
    :param priority: relative to Koji's default
    :param wait: None means: unless it runs in the background
    """

    tool: ToolCommand
    target: str
    source: Source
    arches: tuple[str, ...]
    opts: Mapping[str, object]
    priority: int | None
    wait: bool | None
    json: bool


@dataclass(frozen=True)
class Typed:
    """A tool's command line, read but not judged.

    :param words: positionals by name; one that is optional may be missing
    :param values: by the options' keys
    """

    tool: ToolCommand
    words: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def opts(self) -> dict[str, object]:
        """The hub call's ``opts``; ``ostree.url`` is ``url`` of the struct ``ostree`` in it."""
        sent = {option.key for option in self.tool.options if option.sent}
        opts: dict[str, Any] = {}
        for key, value in self.values.items():
            if key in sent:
                struct, _, inner = key.rpartition(".")
                (opts.setdefault(struct, {}) if struct else opts)[inner] = value
        return opts


class Parser(argparse.ArgumentParser):
    """One that leaves the talking to the command's error policy."""

    def error(self, message: str) -> NoReturn:
        raise ArgumentsError(message, repair=f"{self.prog} --help tells more")


class _Section(Protocol):
    def add_argument(self, *names: str, **how: Any) -> argparse.Action: ...


def parse(args: Sequence[str]) -> CliOptions:
    """Read the command line, and the file it names.

    :raises ArgumentsError: naming the first that is wrong
    :raises SystemExit: after ``--help``
    """
    tool = TOOLS.get(args[0]) if args else None
    if tool is not None:
        return _of_a_build(read(tool, args[1:]))
    overview = _overview()
    overview.parse_args(args)
    return overview.error(f"a tool is missing; there is {', '.join(TOOLS)}")


def _of_a_build(typed: Typed) -> CliOptions:
    values = typed.values
    return CliOptions(
        tool=typed.tool,
        target=typed.words["TARGET"],
        source=typed.tool.source(typed.words, values),
        arches=tuple(values.get("arches", ())),
        opts=typed.opts,
        priority=values.get("priority"),
        wait=values.get("wait"),
        json=values.get("json", False),
    )


def _overview() -> Parser:
    overview = Parser(
        prog=PROGRAM,
        description="Build an operating-system image on Koji's own builders.",
        epilog=f"'{PROGRAM} TOOL --help' tells all about a tool,"
        f" '{PROGRAM} TOOL --here --help' how it builds on this machine, without a Koji.",
    )
    words = overview.add_subparsers(metavar="TOOL", title="tools")
    for tool in TOOLS.values():
        words.add_parser(tool.name, help=tool.summary, add_help=False)
    return overview


def _parser(tool: ToolCommand) -> Parser:
    parser = Parser(
        prog=f"{PROGRAM} {tool.name}",
        usage=tool.usage,
        description=tool.description,
        epilog=tool.examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for word in tool.positionals:
        parser.add_argument(word.name, help=word.help, nargs=word.count)
    add_options(parser, tool.groups)
    return parser


def _file_parser(tool: ToolCommand) -> Parser:
    parser = Parser(argument_default=argparse.SUPPRESS, add_help=False)
    add_options(parser, tool.groups)
    return parser


def add_options(parser: Parser, groups: Sequence[Group]) -> None:
    for group in groups:
        section = parser.add_argument_group(group.title)
        for option in group.options:
            _add(section, option)
        for choice in group.exclusive:
            either = section.add_mutually_exclusive_group()
            for option in choice:
                _add(either, option)


def _add(section: _Section, option: Option) -> None:
    if option.kind is Kind.FLAG:
        how: dict[str, Any] = {"action": "store_const", "const": option.value}
    else:
        how = {
            "metavar": option.metavar or option.flags[0].lstrip("-").upper(),
            "type": option.read,
            "action": "store" if option.kind is Kind.ONE else "append",
        }
    section.add_argument(*option.flags, dest=option.key, help=option.help, **how)


def read(tool: ToolCommand, args: Sequence[str]) -> Typed:
    """What was typed after a tool's name, and what the file holds that it names.

    :raises ArgumentsError: naming the first that is wrong
    :raises SystemExit: after ``--help``
    """
    # Options may stand between positionals, the last of which is optional: only this call can.
    typed = vars(_parser(tool).parse_intermixed_args(args))
    words = {word.name: typed.pop(word.name) for word in tool.positionals if word.name in typed}
    config = typed.pop("config", None)
    values = typed if config is None else {**_from_file(config, tool, typed), **typed}
    return Typed(tool, words, split(values, tool.options))


def split(values: Mapping[str, Any], options: Sequence[Option]) -> dict[str, Any]:
    """With the words between commas apart, where an option takes several."""
    several = {option.key for option in options if option.kind is Kind.WORDS}
    return {key: _words(value) if key in several else value for key, value in values.items()}


def _from_file(path: str, tool: ToolCommand, typed: Mapping[str, object]) -> dict[str, Any]:
    """What a file gives, without what excludes something that was typed."""
    written = config_file.arguments(path, tool, tuple(TOOLS))
    try:
        values = vars(_file_parser(tool).parse_args(written))
    except ArgumentsError as problem:
        raise ArgumentsError(f"{path}: {problem.what}") from None
    for group in tool.groups:
        for choice in group.exclusive:
            keys = {option.key for option in choice}
            if keys & set(typed):
                values = {key: value for key, value in values.items() if key not in keys}
    return values


def _words(given: Sequence[str]) -> list[str]:
    return [word for text in given for word in text.replace(",", " ").split()]

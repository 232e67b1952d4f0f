"""A parser with the rules and the words of Go's pflag and cobra, which argparse does not have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
#: Edits up to which a command is suggested.
_NEAR = 2
_FALSE = ("0", "f", "F", "FALSE", "false", "False")
_SIZE = re.compile(r"(\d+)\s*(kB|KiB|MB|MiB|GB|GiB|TB|TiB)?")


class UsageError(Exception):
    """What the command line says after ``error: ``."""


def boolean(text: str) -> bool:
    """:raises ValueError: with Go's words"""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')


def integer(text: str) -> int:
    """A number of 64 bits, in Go's notations.

    :raises ValueError: with Go's words
    """
    try:
        number = int(text, 0)
    except ValueError:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    if not -(2**63) <= number < 2**63:
        raise ValueError(f'strconv.ParseInt: parsing "{text}": value out of range')
    return number


def size(text: str) -> int:
    """Bytes of ``1 GiB``.

    :raises ValueError: when it is no size
    """
    found = _SIZE.fullmatch(text)
    if not found:
        why = "the size string is not a valid positive float number"
        raise ValueError(f"error decoding size: {why}: {text}")
    units = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    units.update({"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40})
    return int(found[1]) * units.get(found[2], 1)


@dataclass(frozen=True)
class Flag:
    """:param deprecated: what the program says, on its standard output, when it is used"""

    name: str
    convert: Callable[[str], Any] = str
    default: Any = ""
    repeatable: bool = False
    short: str = ""
    deprecated: str = ""
    #: Where the value goes; empty is the flag's own name.
    target: str = ""

    @property
    def is_switch(self) -> bool:
        """Whether it never takes the next word."""
        return self.convert is boolean


@dataclass(frozen=True)
class Command:
    """:param arguments: how many words it takes besides its flags; None for none at all"""

    name: str
    flags: tuple[Flag, ...]
    arguments: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass
class Parsed:
    """:param changed: names of the flags that were given"""

    command: str
    words: list[str]
    values: dict[str, Any]
    changed: set[str] = field(default_factory=set)
    #: Lines about deprecated flags.
    warnings: list[str] = field(default_factory=list)


def parse(
    words: list[str], program: str, common: tuple[Flag, ...], commands: tuple[Command, ...]
) -> Parsed:
    """Find the command, wherever it stands, then read its flags.

    :raises UsageError: as the real program ends
    """
    command, rest = _find(words, program, common, commands)
    flags = {flag.name: flag for flag in (*common, *(command.flags if command else ()))}
    values = {flag.target or flag.name: flag.default for flag in flags.values()}
    values.update({name: [] for name, flag in flags.items() if flag.repeatable})
    parsed = Parsed(command.name if command else "", [], values)
    reader = iter(rest)
    for word in reader:
        if word == "--":
            parsed.words += reader
        elif word.startswith("--"):
            _long(word, reader, flags, parsed)
        elif word.startswith("-") and word != "-":
            _short(word, flags, parsed)
        else:
            parsed.words.append(word)
    if command:
        _check_count(command, program, parsed.words)
    return parsed


def _find(
    words: list[str], program: str, common: tuple[Flag, ...], commands: tuple[Command, ...]
) -> tuple[Command | None, list[str]]:
    """The first word that is no flag, and no value of one as far as the program can know."""
    switches = {f"--{flag.name}" for flag in common if flag.is_switch}
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            break
        if word.startswith("-") and word != "-":
            takes_next = word.startswith("--") and "=" not in word and word not in switches
            position += 2 if takes_next else 1
            continue
        for command in commands:
            if word in (command.name, *command.aliases):
                return command, words[:position] + words[position + 1 :]
        raise UsageError(f'unknown command "{word}" for "{program}"{_suggestion(word, commands)}')
    return None, words


def _suggestion(word: str, commands: tuple[Command, ...]) -> str:
    near = [
        command.name
        for command in commands
        if _distance(word.lower(), command.name) <= _NEAR or command.name.startswith(word.lower())
    ]
    lines = "".join(f"\t{name}\n" for name in near)
    return f"\n\nDid you mean this?\n{lines}" if near else ""


def _distance(one: str, other: str) -> int:
    """Edits from one word to the other."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        before, row = row, [index]
        for column, each in enumerate(other, start=1):
            change = before[column - 1] + (letter != each)
            row.append(min(before[column] + 1, row[-1] + 1, change))
    return row[-1]


def _long(word: str, reader: Iterator[str], flags: Mapping[str, Flag], parsed: Parsed) -> None:
    name, given, value = word[2:].partition("=")
    flag = flags.get(name)
    if flag is None:
        raise UsageError(f"unknown flag: --{name}")
    if not given:
        value = "true" if flag.is_switch else next(reader, "\0")
        if value == "\0":
            raise UsageError(f"flag needs an argument: --{name}")
    _set(flag, value, parsed)


def _short(word: str, flags: Mapping[str, Flag], parsed: Parsed) -> None:
    by_letter = {flag.short: flag for flag in flags.values() if flag.short}
    letters = word[1:]
    while letters:
        flag = by_letter.get(letters[0])
        if flag is None:
            raise UsageError(f"unknown shorthand flag: {letters[0]!r} in -{letters}")
        _, given, value = letters.partition("=")
        _set(flag, value if given else "true", parsed)
        letters = "" if given else letters[1:]


def _set(flag: Flag, text: str, parsed: Parsed) -> None:
    try:
        value = flag.convert(text)
    except ValueError as error:
        name = f"-{flag.short}, --{flag.name}" if flag.short else f"--{flag.name}"
        raise UsageError(f'invalid argument "{text}" for "{name}" flag: {error}') from None
    if flag.deprecated:
        parsed.warnings.append(f"Flag --{flag.name} has been deprecated, {flag.deprecated}")
    target = flag.target or flag.name
    parsed.changed.add(target)
    if flag.repeatable:
        parsed.values[target].append(value)
    else:
        parsed.values[target] = value


def _check_count(command: Command, program: str, words: list[str]) -> None:
    if command.arguments is None and words:
        raise UsageError(f'unknown command "{words[0]}" for "{program} {command.name}"')
    if command.arguments is not None and len(words) != command.arguments:
        raise UsageError(f"accepts {command.arguments} arg(s), received {len(words)}")

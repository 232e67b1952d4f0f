"""Options in a file: ``key = value``, with the command line's own names for keys.

A ``[TOOL]`` section holds one tool's options; what stands before any section is for every tool.
"""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.options import Kind, Option

if TYPE_CHECKING:
    from collections.abc import Collection

    from koji_imagebuild.cli.tool_command import ToolCommand

# configparser insists on a section; no tool has this name.
_EVERY_TOOL = "every tool"


def arguments(path: str, tool: ToolCommand, tools: Collection[str]) -> tuple[str, ...]:
    """The file as arguments, for the command line's own parser to read.

    :param tools: names of all tools
    :raises ArgumentsError: naming file, key or line
    """
    options = [option for option in tool.options if option.key != "config"]
    flags = {flag: option for option in options for flag in option.flags}
    found: list[str] = []
    for key, value in _values(path, tool, tools):
        option = flags.get(f"--{key}")
        if option is None:
            raise ArgumentsError(f"{path}: unknown option {key!r}")
        if option.kind is Kind.FLAG:
            found += _flag(option, options, wanted=_boolean(path, key, value))
        elif option.kind is Kind.ONE:
            found.append(f"--{key}={value}")
        else:
            found += [f"--{key}={line}" for line in value.splitlines() if line]
    return tuple(found)


def _values(path: str, tool: ToolCommand, tools: Collection[str]) -> tuple[tuple[str, str], ...]:
    parser = configparser.ConfigParser(
        delimiters=("=",), interpolation=None, default_section=_EVERY_TOOL
    )
    parser.optionxform = lambda optionstr: optionstr.lower().replace("_", "-")  # type: ignore[method-assign]  # how configparser wants it
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
        parser.read_string(f"[{_EVERY_TOOL}]\n{text}", source=path)
    except (configparser.DuplicateOptionError, configparser.DuplicateSectionError) as problem:
        raise ArgumentsError(f"{path}, line {(problem.lineno or 1) - 1}: given twice") from None
    except configparser.ParsingError as problem:
        line = problem.errors[0][0] - 1
        raise ArgumentsError(f"{path}, line {line}: expected OPTION = VALUE") from None
    except UnicodeDecodeError:
        raise ArgumentsError(f"{path} is not a text file") from None
    for section in parser.sections():
        if section not in tools:
            raise ArgumentsError(f"{path}: [{section}] is not a tool; there is {', '.join(tools)}")
    return tuple(parser[tool.name if parser.has_section(tool.name) else _EVERY_TOOL].items())


def _boolean(path: str, key: str, value: str) -> bool:
    try:
        return configparser.ConfigParser.BOOLEAN_STATES[value.lower()]
    except KeyError:
        raise ArgumentsError(f"{path}: {key}: expected yes or no, got {value!r}") from None


def _flag(option: Option, options: Collection[Option], *, wanted: bool) -> list[str]:
    if wanted:
        return [option.flags[0]]
    if not isinstance(option.value, bool):
        return []
    return [o.flags[0] for o in options if o.key == option.key and o.value is not option.value]

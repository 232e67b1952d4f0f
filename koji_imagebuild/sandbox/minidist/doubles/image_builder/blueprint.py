"""Blueprints, decoded as strictly as Go's decoders do it for image-builder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blueprint_schema import BLUEPRINT, Struct
from .flags import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_GO_KINDS = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_TOML_KINDS = {
    bool: "bool",
    int: "int64",
    float: "float64",
    str: "string",
    list: "array",
    dict: "table",
}


@dataclass(frozen=True)
class Blueprint:
    """:param content: the whole document, found valid"""

    content: dict[str, Any]

    @property
    def distro(self) -> str:
        return str(self.content.get("distro", ""))

    @property
    def description(self) -> str:
        return str(self.content.get("description", ""))

    @property
    def packages(self) -> tuple[str, ...]:
        given = self.content.get("packages", []) + self.content.get("modules", [])
        return tuple(each["name"] for each in given)

    @property
    def customizations(self) -> dict[str, Any]:
        found: dict[str, Any] = self.content.get("customizations", {})
        return found


def load(name: str) -> Blueprint:
    """Read a blueprint; no name gives an empty one.

    :raises UsageError: with Go's words
    """
    if not name:
        return Blueprint({})
    if name == "-":
        # standard input is read twice: a blueprint cannot come from there
        raise UsageError('cannot decode "-": EOF')
    try:
        text = Path(name).read_text()
    except OSError as error:
        why = (error.strerror or "").lower()
        raise UsageError(f'cannot open blueprint file "{name}": open {name}: {why}') from None
    suffix = Path(name).suffix
    if suffix == ".json":
        return Blueprint(_json(text, name))
    if suffix == ".toml":
        return Blueprint(_toml(text, name))
    raise UsageError(f'unsupported file extension for "{name}" (please use .toml or .json)')


def _json(text: str, name: str) -> dict[str, Any]:
    stripped = text.lstrip()
    if not stripped:
        raise UsageError(f'cannot decode "{name}": EOF')
    try:
        content, end = json.JSONDecoder().raw_decode(stripped)
    except json.JSONDecodeError as error:
        truncated = error.pos >= len(stripped.rstrip()) or "Unterminated" in error.msg
        letter = stripped[error.pos : error.pos + 1]
        why = "unexpected EOF" if truncated else f"invalid character {letter!r}"
        raise UsageError(f'cannot decode "{name}": {why}') from None
    for why in _json_problems(content, BLUEPRINT, BLUEPRINT.name, ()):
        raise UsageError(f'cannot decode "{name}": json: {why}')
    if stripped[end:].strip():
        raise UsageError(f'multiple configuration objects or extra data found in "{name}"')
    return dict(content)


def _json_problems(value: Any, wanted: Any, struct: str, path: tuple[str, ...]) -> Iterator[str]:
    """Go stops at the first one."""
    field = f"Go struct field {struct}.{'.'.join(path)}" if path else "Go value"
    if isinstance(wanted, Struct):
        if not isinstance(value, dict):
            yield _cannot(value, f"{field} of type blueprint.{wanted.name}")
            return
        for key, each in value.items():
            if key not in wanted.fields:
                yield f'unknown field "{key}"'
            else:
                yield from _json_problems(each, wanted.fields[key], wanted.name, (*path, key))
    elif isinstance(wanted, list):
        if not isinstance(value, list):
            yield _cannot(value, f"{field} of type []{_name(wanted[0])}")
            return
        for each in value:
            yield from _json_problems(each, wanted[0], struct, path)
    elif wanted is not object and not _is(value, wanted):
        yield _cannot(value, f"{field} of type {_name(wanted)}")


def _cannot(value: Any, where: str) -> str:
    return f"cannot unmarshal {_GO_KINDS[type(value)]} into {where}"


def _name(wanted: Any) -> str:
    if isinstance(wanted, Struct):
        return f"blueprint.{wanted.name}"
    return {str: "string", bool: "bool", int: "int"}.get(wanted, "interface {}")


def _is(value: Any, wanted: type) -> bool:
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, wanted)


def _toml(text: str, name: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - Python 3.11; a build root that is older has no TOML blueprints

    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"line {line[1]}" if line else "line 1"
        raise UsageError(f'cannot decode "{name}": toml: {where}: {error}') from None
    unknown: list[str] = []
    for key, why in _toml_problems(content, BLUEPRINT, (), unknown):
        number = next((n for n, each in enumerate(text.splitlines(), 1) if key in each), 1)
        where = f'toml: line {number} (last key "{key}")'
        raise UsageError(f'cannot decode "{name}": {where}: {why}')
    if unknown:
        raise UsageError(f'cannot decode "{name}": unknown keys found: [{" ".join(unknown)}]')
    return content


def _toml_problems(
    value: Any, wanted: Any, path: tuple[str, ...], unknown: list[str]
) -> Iterator[tuple[str, str]]:
    if isinstance(wanted, Struct) and isinstance(value, dict):
        for key, each in value.items():
            if key not in wanted.fields:
                unknown.append(".".join((*path, key)))
            else:
                yield from _toml_problems(each, wanted.fields[key], (*path, key), unknown)
    elif isinstance(wanted, list) and isinstance(value, list):
        for each in value:
            yield from _toml_problems(each, wanted[0], path, unknown)
    elif isinstance(wanted, (Struct, list)) or (wanted is not object and not _is(value, wanted)):
        kind = _TOML_KINDS.get(type(value), type(value).__name__)
        target = "slice" if isinstance(wanted, list) else _name(wanted)
        why = f"incompatible types: TOML value has type {kind}; destination has type {target}"
        yield ".".join(path), why

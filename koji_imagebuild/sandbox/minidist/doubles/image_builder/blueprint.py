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
    from collections.abc import Iterator, Mapping

_GO_KINDS: Mapping[type, str] = {
    bool: "bool",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_TOML_KINDS: Mapping[type, str] = {
    bool: "bool",
    int: "int64",
    float: "float64",
    str: "string",
    list: "[]any",
    dict: "map[string]any",
}
_TOML_TARGETS = {str: "string", bool: "boolean", int: "integer"}
#: Python's words for what is wrong in JSON, and Go's.
_SYNTAX = {
    "Expecting property name enclosed in double quotes": (
        "looking for beginning of object key string"
    ),
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
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
        where = _SYNTAX.get(error.msg, "looking for beginning of value")
        why = "unexpected EOF" if truncated else f"invalid character {letter!r} {where}"
        raise UsageError(f'cannot decode "{name}": {why}') from None
    for why in json_problems(content, BLUEPRINT, BLUEPRINT.name, ()):
        raise UsageError(f'cannot decode "{name}": {why}')
    if stripped[end:].strip():
        raise UsageError(f'multiple configuration objects or extra data found in "{name}"')
    return {key.lower(): each for key, each in (content or {}).items()}


def json_problems(value: Any, wanted: Any, struct: str, path: tuple[str, ...]) -> Iterator[str]:
    """What Go's decoder says of a value; it stops at the first one."""
    if value is None:
        return
    field = f"Go struct field {struct}.{'.'.join(path)}" if path else "Go value"
    if isinstance(wanted, Struct):
        if not isinstance(value, dict):
            yield _cannot(value, f"{field} of type blueprint.{wanted.name}")
            return
        for written, each in value.items():
            key = written.lower()
            if key not in wanted.fields:
                yield f'json: unknown field "{written}"'
            else:
                yield from json_problems(each, wanted.fields[key], wanted.name, (*path, key))
    elif isinstance(wanted, list):
        if not isinstance(value, list):
            yield _cannot(value, f"{field} of type []{_name(wanted[0])}")
            return
        for each in value:
            yield from json_problems(each, wanted[0], struct, path)
    elif wanted is not object and not _is(value, wanted):
        yield _cannot(value, f"{field} of type {_name(wanted)}")


def _cannot(value: Any, where: str) -> str:
    number = f" {value}" if isinstance(value, float) else ""
    return f"json: cannot unmarshal {_GO_KINDS[type(value)]}{number} into {where}"


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
        last = re.compile(rf"\s*(\[+.*\b)?{key.rpartition('.')[2]}\b")
        number = next((n for n, each in enumerate(text.splitlines(), 1) if last.match(each)), 1)
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
                unknown += _every_key(each, (*path, key))
            else:
                yield from _toml_problems(each, wanted.fields[key], (*path, key), unknown)
    elif isinstance(wanted, list) and isinstance(value, list):
        for each in value:
            yield from _toml_problems(each, wanted[0], path, unknown)
    elif isinstance(wanted, (Struct, list)) or (wanted is not object and not _is(value, wanted)):
        kind = _TOML_KINDS.get(type(value), type(value).__name__)
        target = "slice" if isinstance(wanted, list) else _TOML_TARGETS.get(wanted, "map")
        why = f"incompatible types: TOML value has type {kind}; destination has type {target}"
        yield ".".join(path), why


def _every_key(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    yield ".".join(path)
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _every_key(each, (*path, key))

"""The part of JSON Schema that manifests are checked with; messages are those of jsonschema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: keys and indexes from the top of the manifest."""

    message: str
    path: tuple[str | int, ...]

    @property
    def where(self) -> str:
        """``.pipelines[0].stages[1].options``"""
        parts = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in self.path)
        return "".join(parts) or "."


def strings(*required: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """Schema of an object that has these string properties and no others."""
    return closed({name: {"type": "string"} for name in (*required, *optional)}, *required)


def closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """Schema of an object with these properties and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


def problems(
    value: Any, schema: Mapping[str, Any], path: tuple[str | int, ...] = ()
) -> Iterator[Problem]:
    """Everything in a value that its schema does not allow."""
    kind = schema.get("type")
    if kind and not _TYPES[kind](value):
        yield Problem(f"{value!r} is not of type {kind!r}", path)
        return
    if "enum" in schema and value not in schema["enum"]:
        yield Problem(f"{value!r} is not one of {schema['enum']!r}", path)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield Problem(f"{value!r} does not match {schema['pattern']!r}", path)
    if isinstance(value, dict):
        yield from _in_object(value, schema, path)
    elif isinstance(value, list) and "items" in schema:
        for index, each in enumerate(value):
            yield from problems(each, schema["items"], (*path, index))


def _in_object(
    value: Mapping[str, Any], schema: Mapping[str, Any], path: tuple[str | int, ...]
) -> Iterator[Problem]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    unknown = [name for name in value if name not in known]
    if unknown and others is False:
        names = ", ".join(map(repr, unknown))
        verb = "was" if len(unknown) == 1 else "were"
        yield Problem(f"Additional properties are not allowed ({names} {verb} unexpected)", path)
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(f"{name!r} is a required property", path)
    for name, each in value.items():
        inside = known.get(name, others)
        if isinstance(inside, dict):
            yield from problems(each, inside, (*path, name))


def as_json(found: list[Problem]) -> str:
    """Describe a manifest that is refused, as ``--json`` has it."""
    return json.dumps(
        {
            "type": "https://osbuild.org/validation-error",
            "title": "JSON Schema validation failed",
            "success": False,
            "errors": [{"message": each.message, "path": list(each.path)} for each in found],
        }
    )


def as_text(found: list[Problem], manifest: str) -> str:
    """Describe a manifest that is refused, for people."""
    name = "<stdin>" if manifest == "-" else manifest
    return f"{name} has errors:\n\n" + "".join(
        f"{each.where}:\n  {each.message}\n\n" for each in found
    )

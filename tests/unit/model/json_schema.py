"""As much of JSON Schema (draft 2020-12) as docs/reference/image-build.schema.json uses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parents[3] / "docs/reference/image-build.schema.json"

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


class Schema:
    """A schema; :meth:`problems` says what is wrong with a document, and where."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole
        self._checks: dict[str, Callable[[Any, Any, Any, str], Iterator[str]]] = {
            "$ref": self._ref,
            "oneOf": self._one_of,
            "type": self._type,
            "const": lambda want, value, _, at: self._say(value == want, at, f"is not {want!r}"),
            "enum": lambda want, value, _, at: self._say(value in want, at, f"is none of {want}"),
            "pattern": self._pattern,
            "minimum": lambda want, value, _, at: self._say(value >= want, at, f"is below {want}"),
            "minLength": lambda want, value, _, at: self._say(len(value) >= want, at, "is short"),
            "required": lambda want, value, _, at: self._say(
                set(want) <= set(value), at, f"lacks {sorted(set(want) - set(value))}"
            ),
            "properties": self._properties,
            "additionalProperties": self._additional,
            "items": self._items,
            **dict.fromkeys(("$schema", "$defs", "title", "description"), self._nothing),
        }

    @classmethod
    def of_the_documents(cls, kind: str) -> Schema:
        whole = json.loads(FILE.read_text())
        return cls({**whole, "oneOf": [{"$ref": f"#/$defs/{kind}"}]})

    def problems(self, document: object) -> list[str]:
        """:raises KeyError: for a keyword that is not understood here"""
        return list(self._problems(self._whole, document, "$"))

    def _problems(self, schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
        wrong_type = list(self._type(schema["type"], value, schema, at)) if "type" in schema else []
        if wrong_type:
            yield from wrong_type
            return
        for keyword, want in schema.items():
            yield from self._checks[keyword](want, value, schema, at)

    @staticmethod
    def _say(well: bool, at: str, what: str) -> Iterator[str]:  # noqa: FBT001
        if not well:
            yield f"{at} {what}"

    @staticmethod
    def _nothing(*_anything: Any) -> Iterator[str]:
        yield from ()

    def _ref(self, want: str, value: Any, _schema: Any, at: str) -> Iterator[str]:
        yield from self._problems(self._whole["$defs"][want.rpartition("/")[2]], value, at)

    def _one_of(self, want: list[Any], value: Any, _schema: Any, at: str) -> Iterator[str]:
        tried = [list(self._problems(schema, value, at)) for schema in want]
        if sum(not problems for problems in tried) != 1:
            yield from (problem for problems in tried for problem in problems or [f"{at} is two"])

    def _type(self, want: Any, value: Any, _schema: Any, at: str) -> Iterator[str]:
        names = [want] if isinstance(want, str) else want
        kinds = tuple(kind for name in names for kind in _TYPES[name])
        boolean = isinstance(value, bool) and "boolean" not in names
        yield from self._say(isinstance(value, kinds) and not boolean, at, f"is no {want}")

    def _pattern(self, want: str, value: str, _schema: Any, at: str) -> Iterator[str]:
        yield from self._say(bool(re.search(want, value)), at, f"{value!r} does not match {want}")

    def _properties(self, want: Any, value: Any, _schema: Any, at: str) -> Iterator[str]:
        for key in set(want) & set(value):
            yield from self._problems(want[key], value[key], f"{at}.{key}")

    def _additional(self, want: Any, value: Any, schema: Any, at: str) -> Iterator[str]:
        for key in set(value) - set(schema.get("properties", ())):
            if want is False:
                yield f"{at}.{key} is unknown"
            else:
                yield from self._problems(want, value[key], f"{at}.{key}")

    def _items(self, want: Any, value: list[Any], _schema: Any, at: str) -> Iterator[str]:
        for number, item in enumerate(value):
            yield from self._problems(want, item, f"{at}[{number}]")

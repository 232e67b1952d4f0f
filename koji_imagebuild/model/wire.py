"""Reading structs off the wire, with a name for everything that is wrong with them.

XML-RPC brings dicts of anything. A :class:`Reader` turns one into typed values, treats ``None`` as
absent (Koji's clients send ``None`` for every option that was not given) and refuses keys nobody
asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, Union

from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar = Union[str, int, bool, None]
_T = TypeVar("_T")

#: Version of the structs in ``opts`` and ``…image-build.json``. A reader takes its own and older.
SCHEMA = 1


def kind_of(value: object) -> str:
    """A value's type in the words of a person."""
    names = {dict: "struct", list: "list", tuple: "list", str: "string", bool: "boolean"}
    return names.get(type(value), type(value).__name__)


class Reader:
    """One struct from the wire.

    :param where: what the struct is called in messages, such as ``opts``
    """

    def __init__(self, value: object, where: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise RequestError(f"{where}: expected a struct, got {kind_of(value)}")
        self._values: Mapping[str, object] = value
        self._asked: set[str] = set()
        self.where = where

    def _take(self, key: str, kind: type[_T], expected: str) -> _T | None:
        self._asked.add(key)
        value = self._values.get(key)
        if isinstance(value, tuple):
            value = list(value)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise RequestError(f"{self.where}.{key}: expected {expected}, got {kind_of(value)}")
        return value

    def has(self, key: str) -> bool:
        """Whether a value was given at all; ``None`` is none."""
        self._asked.add(key)
        return self._values.get(key) is not None

    def raw(self, key: str) -> object:
        """A value that its own reader checks."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str) -> str | None:
        return self._take(key, str, "a string")

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise RequestError(f"{self.where}.{key} is missing")
        return value

    def flag(self, key: str) -> bool | None:
        return self._take(key, bool, "a boolean")

    def number(self, key: str) -> int | None:
        return self._take(key, int, "a whole number")

    def items(self, key: str) -> tuple[tuple[str, object], ...]:
        """A list's members, each with the name it has in messages."""
        values = self._take(key, list, "a list") or []
        return tuple((f"{self.where}.{key}[{n}]", value) for n, value in enumerate(values))

    def texts(self, key: str) -> tuple[str, ...]:
        found = []
        for where, value in self.items(key):
            if not isinstance(value, str):
                raise RequestError(f"{where}: expected a string, got {kind_of(value)}")
            found.append(value)
        return tuple(found)

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """A string, or a list of them: how one value became several without a new key."""
        if isinstance(self._values.get(key), str):
            return (self.required(key),)
        return self.texts(key)

    def struct(self, key: str) -> Reader:
        return Reader(self._take(key, dict, "a struct"), f"{self.where}.{key}")

    def ignore(self, *keys: str) -> None:
        """Accept keys that another reader of the same struct looks after."""
        self._asked.update(keys)

    def finish(self) -> None:
        """Refuse what nobody read.

        :raises RequestError: naming the unknown keys
        """
        unknown = sorted(set(self._values) - self._asked)
        if unknown:
            raise RequestError(f"{self.where}: unknown option {', '.join(map(repr, unknown))}")


def check_schema(reader: Reader) -> None:
    """Refuse a struct that a newer plugin wrote.

    :raises RequestError: naming both numbers
    """
    schema = reader.number("schema")
    if schema is not None and schema > SCHEMA:
        raise RequestError(
            f"{reader.where}.schema is {schema}, this plugin reads up to {SCHEMA}",
            repair="Update koji-imagebuild on this host",
        )


def sparse(**values: object) -> dict[str, object]:
    """A struct for the wire without what was not given: absent, never ``None`` and never empty.

    Old builders test for keys, and ``None`` is not what they expect behind one.
    """
    return {key: value for key, value in values.items() if value is not None and value != []}

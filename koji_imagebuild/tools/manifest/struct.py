"""Reading somebody's JSON, with a name for everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.model.wire import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Struct:
    """One object of a JSON document; unlike a request's it may have more than is asked for.

    :param where: what it is called in messages
    """

    def __init__(self, value: object, where: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise DescriptionError(f"{where}: expected an object, got {kind_of(value)}")
        self._values: dict[str, Any] = value
        self.where = where

    def keys(self) -> Iterator[str]:
        return iter(self._values)

    def value(self, key: str) -> Any:
        return self._values.get(key)

    def is_text(self, key: str) -> bool:
        return isinstance(self._values.get(key), str)

    def text(self, key: str) -> str:
        """A string; empty when there is none."""
        value = self._values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise DescriptionError(f"{self.where}.{key}: expected a string, got {kind_of(value)}")
        return value

    def name(self, key: str) -> str:
        """A string that says something and fits into one word of a command line."""
        value = self.text(key)
        if not value or value.startswith("-") or "/" in value or not value.isprintable():
            raise DescriptionError(f"{self.where}.{key}: {value!r} is not a name")
        return value

    def struct(self, key: str) -> Struct:
        """An object; empty when there is none."""
        return Struct(self._values.get(key), f"{self.where}.{key}")

    def structs(self, key: str) -> Iterator[Struct]:
        values = self._values.get(key) or []
        if not isinstance(values, list):
            raise DescriptionError(f"{self.where}.{key}: expected a list, got {kind_of(values)}")
        for number, value in enumerate(values):
            yield Struct(value, f"{self.where}.{key}[{number}]")

    def members(self) -> Iterator[Struct]:
        """Every value, each an object."""
        for key in self._values:
            yield self.struct(key)

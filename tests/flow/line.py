"""The line between a parent and the hub: every call is counted, and it can break at any of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Killed(BaseException):
    """The parent's process is gone; nothing of ours may catch this."""


class Line:
    """Counts calls.

    :param dies_before: name of the call that the parent does not live to make
    :param dies_after: name or number of the call that the hub does and the parent does not live to
        hear of; what is there then is what is there before the next call
    :param refuses: calls the hub answers with an exception
    """

    def __init__(
        self,
        *,
        dies_before: str = "",
        dies_after: str | int = "",
        refuses: Mapping[str, Exception] | None = None,
    ) -> None:
        self.calls: list[str] = []
        self._refuses = refuses or {}
        self._dies_before = dies_before
        self._dies_after = dies_after

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        self.calls.append(name)
        if name == self._dies_before:
            raise Killed(f"before {name}")
        if name in self._refuses:
            raise self._refuses[name]
        yield
        if self._dies_after in (name, len(self.calls)):
            raise Killed(f"after {name}")

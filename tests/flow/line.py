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

    :param dies_before: the parent is killed before its n-th call reaches the hub; 0 is never
    :param dies_after: the hub does the n-th call, and the parent does not live to hear of it
    :param refuses: calls the hub answers with an exception
    """

    def __init__(
        self,
        *,
        dies_before: int = 0,
        dies_after: int = 0,
        refuses: Mapping[str, Exception] | None = None,
    ) -> None:
        self.calls: list[str] = []
        self._refuses = refuses or {}
        self._dies_before = dies_before
        self._dies_after = dies_after

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        self.calls.append(name)
        if len(self.calls) == self._dies_before:
            raise Killed(f"before {name}")
        if name in self._refuses:
            raise self._refuses[name]
        yield
        if len(self.calls) == self._dies_after:
            raise Killed(f"after {name}")

"""How often, and where: the whole table of retries."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.pipeline import retry


@dataclass
class Fleet:
    moves: int
    others: bool

    def elsewhere(self) -> bool:
        return self.others


class Desk:
    def say(self, text: str) -> None: ...


@dataclass
class Site:
    fleet: Fleet
    desk: Desk


def tries(monkeypatch: pytest.MonkeyPatch, retries: int, *, others: bool) -> tuple[int, int]:
    """Attempts on all builders together, and builders, until the failure stands."""
    attempts = []

    class Attempt:
        def __init__(self, _job: Any, _site: Any) -> None: ...

        def run(self) -> None:
            attempts.append(self)
            raise Infrastructure("the disk is full")

        def discard(self) -> None: ...

    monkeypatch.setattr(retry, "Attempt", Attempt)
    site = Site(Fleet(0, others), Desk())
    while True:
        with suppress(retry.Elsewhere):
            with pytest.raises(Infrastructure):
                retry.build(None, site, retries)  # type: ignore[arg-type]
            return len(attempts), site.fleet.moves + 1
        site.fleet.moves += 1


@pytest.mark.parametrize(
    ("retries", "others", "attempts", "builders"),
    [
        (0, False, 1, 1),
        (0, True, 1, 1),
        (1, False, 2, 1),
        (1, True, 2, 1),
        (2, False, 2, 1),
        (2, True, 3, 2),
        (3, True, 4, 2),
        (4, True, 5, 3),
        (5, False, 2, 1),
    ],
)
def test_never_more_than_allowed_and_half_of_them_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    retries: int,
    others: bool,  # noqa: FBT001
    attempts: int,
    builders: int,
) -> None:
    assert tries(monkeypatch, retries, others=others) == (attempts, builders)

"""What a task did, step by step, and how long each took."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Journal:
    """Steps with their durations in seconds; the one that fails is the last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steps: dict[str, float] = {}
        self._start = clock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; steps of one name add up."""
        start = self._clock()
        try:
            yield
        finally:
            self.add(name, self._clock() - start)

    def add(self, name: str, seconds: float) -> None:
        """A step that was timed elsewhere."""
        self._steps[name] = self._steps.get(name, 0.0) + seconds

    @property
    def steps(self) -> tuple[tuple[str, float], ...]:
        return tuple((name, round(seconds, 2)) for name, seconds in self._steps.items())

    @property
    def seconds(self) -> float:
        """Since the journal was opened."""
        return self._clock() - self._start


def duration(seconds: float) -> str:
    """A duration as people read it: ``0:48``, ``1:02:03``."""
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"

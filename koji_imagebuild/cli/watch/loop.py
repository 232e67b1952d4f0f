"""Watching until the task ended, with patience for a hub that restarts."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.cli.hub import HubSilent
from koji_imagebuild.errors import Told
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from koji_imagebuild.cli.watch.poll import Poller
    from koji_imagebuild.cli.watch.screen import Screen
    from koji_imagebuild.cli.watch.state import Snapshot


@dataclass(frozen=True)
class Pace:
    """How often the hub is asked, and for how long in vain; in seconds."""

    interval: float
    patience: float
    redraw: float = 1.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


class LostSight(Told):
    """The hub has not answered for too long; the task may well go on."""


class Watch:
    """One task being watched; ``last`` is what was seen last."""

    def __init__(self, poller: Poller, screen: Screen, pace: Pace) -> None:
        self._poller = poller
        self._screen = screen
        self._pace = pace
        self._answered = pace.clock()
        self._silent = False
        self.last: Snapshot | None = None

    def to_the_end(self) -> Snapshot:
        """Watch until the task ended.

        :raises LostSight: when the hub stays silent
        """
        while True:
            found = self._poll()
            if found is not None and found.ended:
                self._screen.show(found, 0)
                return found
            self._pause()

    def _poll(self) -> Snapshot | None:
        now = self._pace.clock()
        try:
            self.last = self._poller.poll(now)
        except HubSilent as problem:
            self._silent = True
            if now - self._answered > self._pace.patience:
                raise LostSight(
                    f"The hub has not answered for {duration(now - self._answered)}: {problem}"
                ) from None
            return None
        self._answered, self._silent = now, False
        return self.last

    def _pause(self) -> None:
        """Until the next poll; durations go on counting meanwhile."""
        begun = self._pace.clock()
        while True:
            now = self._pace.clock()
            since = now - self._answered
            if self.last is not None:
                shown = replace(self.last, now=self.last.now + since)
                self._screen.show(shown, since if self._silent else 0)
            left = self._pace.interval - (now - begun)
            if left <= 0:
                return
            self._pace.sleep(min(self._pace.redraw, left))

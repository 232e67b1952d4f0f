"""What is known of a task and its children at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koji_imagebuild.cli.hub import ArchRequest, Build, Ending, Task
    from koji_imagebuild.model.result import ArchResult


@dataclass(frozen=True)
class Row:
    """One task.

    :param step: what its log says it is at, or empty
    :param ending: None while it runs
    """

    task: Task
    step: str = ""
    ending: Ending | None = None

    @property
    def result(self) -> ArchResult | None:
        return self.ending.result if self.ending else None

    @property
    def error(self) -> str:
        return self.ending.error if self.ending else ""

    def seconds(self, now: float) -> float | None:
        """How long it has been running, or ran; None before it started."""
        if self.task.started is None:
            return None
        return max(0.0, (self.task.completed or now) - self.task.started)


@dataclass(frozen=True)
class Snapshot:
    """The whole tree.

    :param now: the hub's time, in seconds since 1970
    :param build: known once the parent ended, where it made one
    """

    now: float
    parent: Row
    children: tuple[Row, ...] = ()
    build: Build | None = None

    @property
    def ended(self) -> bool:
        return self.parent.task.state.ended

    @property
    def asked(self) -> ArchRequest | None:
        """What is built, once the first arch task tells."""
        return self.arches[0].task.asked if self.arches else None

    @property
    def arches(self) -> tuple[Row, ...]:
        """The children that build an arch; others tag, for example."""
        return tuple(row for row in self.children if row.task.asked is not None)

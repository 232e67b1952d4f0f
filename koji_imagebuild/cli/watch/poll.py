"""Asking the hub: the task tree, and of every running arch the end of one log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.cli.hub import TaskState
from koji_imagebuild.cli.watch import words
from koji_imagebuild.cli.watch.state import Row, Snapshot

if TYPE_CHECKING:
    from koji_imagebuild.cli.hub import Ending, Task, WatchHub
    from koji_imagebuild.cli.tool_command import Step

#: The log that kojid uploads while mock runs (kojid: BuildRoot.mock); tools write to it.
LOG = "mock_output.log"
#: The most that is read of a log at once, in bytes.
PART = 64 << 10


class Poller:
    """Remembers what need not be asked twice.

    :param submitted: this machine's time when the task was created, which tells how far the hub's
        clock is from ours
    """

    def __init__(self, hub: WatchHub, task_id: int, step: Step, submitted: float) -> None:
        self._hub = hub
        self._task_id = task_id
        self._step = step
        self._submitted = submitted
        self._endings: dict[int, Ending] = {}
        self._logs: dict[tuple[int, float | None], _Log] = {}

    def poll(self, now: float) -> Snapshot:
        """Ask once.

        :param now: this machine's time
        :raises koji_imagebuild.cli.hub.HubSilent: when the hub does not answer
        """
        parent = self._hub.task(self._task_id)
        children = self._hub.children(self._task_id)
        ended = parent.state.ended
        return Snapshot(
            now=now - self._submitted + parent.created,
            parent=self._row(parent),
            children=tuple(self._row(child) for child in children),
            build=self._hub.build(self._task_id) if ended else None,
        )

    def _row(self, task: Task) -> Row:
        if task.state.ended:
            if task.id not in self._endings:
                self._endings[task.id] = self._hub.ending(task)
            return Row(task, ending=self._endings[task.id])
        if task.asked is None or task.state is not TaskState.OPEN:
            return Row(task)
        # A task that another builder takes over starts a new log.
        log = self._logs.setdefault((task.id, task.started), _Log(self._step))
        return Row(task, step=log.read(self._hub, task.id))


class _Log:
    """One growing log."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._offset = 0
        self._rest = ""
        self._last = ""

    def read(self, hub: WatchHub, task_id: int) -> str:
        """The step it is at, after reading on."""
        part = hub.log(task_id, LOG, self._offset, PART)
        if self._offset >= 0:
            # Longer than one part: from now on only its end is read, or we would fall behind.
            self._offset = -PART if len(part) == PART else self._offset + len(part)
        else:
            self._rest = ""
        text = self._rest + part.decode(errors="replace").replace("\r", "\n")
        *lines, self._rest = text.split("\n")
        for line in lines:
            self._last = self._step(line) or self._last
        return words.printable(self._last)

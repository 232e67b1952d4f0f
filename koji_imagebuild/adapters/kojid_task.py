"""The desk of a kojid task: its folder here, its folder on the hub, and its end with kojid's."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

_PR_SET_PDEATHSIG = 1


class TaskDesk:
    """A running ``koji.tasks.BaseTaskHandler``."""

    def __init__(self, task: Any) -> None:
        self._task = task

    @property
    def task_id(self) -> int:
        return int(self._task.id)

    @property
    def workdir(self) -> Path:
        return Path(self._task.workdir)

    def upload(self, path: Path, name: str) -> None:
        self._task.uploadFile(str(path), remoteName=name)

    def say(self, text: str) -> None:
        self._task.logger.info("task %s: %s", self._task.id, text)


def end_with_kojid() -> None:
    """End this task and all it started when kojid ends, even by SIGKILL.

    An orphan would go on beside its own second run, which starts in the same folder as soon as
    kojid is back.
    """
    kojid = os.getppid()

    def end(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGINT)
        raise SystemExit(1)

    signal.signal(signal.SIGTERM, end)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != kojid:
        raise SystemExit(1)

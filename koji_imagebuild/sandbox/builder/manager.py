"""Koji's TaskManager, with the sandbox's way to look after build roots."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
from koji.daemon import TaskManager

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root import removal

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.builder.options import Options

#: So many build roots of failed tasks stay for a look into them, the latest ones.
KEPT_FAILURES = 2


class Manager(TaskManager):  # type: ignore[misc]  # Koji has no type information
    """Finds build roots in ``mockdir``; Koji's own scan wants kojid's /etc/mock/koji."""

    def __init__(self, options: Options, session: Any) -> None:
        super().__init__(options, session)
        self._removals: dict[Path, subprocess.Popen[bytes]] = {}
        #: Build roots whose task is over, in that order, and whether it failed.
        self._failed: dict[Path, bool] = {}

    def updateBuildroots(self, nolocal: bool = False) -> None:  # noqa: FBT001, FBT002, N802
        """Expire build roots on the hub, remove those whose task is over."""
        super().updateBuildroots(nolocal=True)
        if nolocal:
            return
        self._reap()
        for folder in sorted(Path(self.options.mockdir).iterdir()):
            task = _task_of(folder)
            if folder not in self._failed and task and not self._is_ours(task):
                info = self.session.getTaskInfo(task)
                self._failed[folder] = info["state"] == koji.TASK_STATES["FAILED"]
        kept = [folder for folder, failed in self._failed.items() if failed][-KEPT_FAILURES:]
        for folder in self._failed:
            if folder not in kept and folder not in self._removals:
                self._start_removal(folder)

    def _is_ours(self, task: int) -> bool:
        return task in self.tasks or task in self.pids

    def _start_removal(self, folder: Path) -> None:
        """Remove a root without waiting: meanwhile tasks want to be taken and woken up."""
        argv = removal.command(folder)
        try:
            removal.refuse_mounts(folder)
        except Infrastructure as problem:
            self.logger.error("%s", problem)  # noqa: TRY400  # it says all, a traceback nothing
            argv = ("false",)
        self._removals[folder] = subprocess.Popen(argv)

    def _reap(self) -> None:
        """Forget what is removed; what could not be removed stays listed and is left alone."""
        for folder, process in list(self._removals.items()):
            if process.poll() == 0:
                del self._removals[folder], self._failed[folder]


def _task_of(folder: Path) -> int:
    """Read which task a build root belongs to; 0 while it is being made or removed."""
    try:
        return int((folder / "task").read_text())
    except (OSError, ValueError):
        return 0

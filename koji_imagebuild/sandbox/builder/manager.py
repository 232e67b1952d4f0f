"""Koji's TaskManager, with the sandbox's way to look after build roots."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
from koji.daemon import TaskManager

from koji_imagebuild.adapters import leftovers
from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.builder import mock_config
from koji_imagebuild.sandbox.root import layers, removal

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.builder.options import Options

#: So many build roots of failed tasks stay for a look into them, the latest ones: what was changed
#: of /usr lies in root-changed then.
KEPT_FAILURES = 2


class Manager(TaskManager):  # type: ignore[misc]  # Koji has no type information
    """Finds build roots in ``mockdir``; Koji's own scan wants kojid's /etc/mock/koji.

    As there, a build root is known by its mock configuration, which goes last.
    """

    def __init__(self, options: Options, session: Any) -> None:
        super().__init__(options, session)
        self._removals: dict[Path, subprocess.Popen[bytes]] = {}
        #: Build roots whose task is over, in that order, and whether it failed.
        self._failed: dict[Path, bool] = {}

    def readyForTask(self) -> bool:  # noqa: N802  # Koji's name
        """As there, but whatever else this machine does: a sandbox is not alone on it, and kojid
        takes nothing while the load is above 4 a core (koji/daemon.py, readyForTask).
        """
        return bool(super().readyForTask()) or str(self.status).startswith("Load average ")

    def updateBuildroots(self, nolocal: bool = False) -> None:  # noqa: FBT001, FBT002, N802
        """Expire build roots on the hub, remove those whose task is over."""
        super().updateBuildroots(nolocal=True)
        if nolocal:
            return
        self._reap()
        for config in sorted(Path(self.options.mockdir).glob("*.cfg")):
            if config in self._failed:
                continue
            task = mock_config.task_id(config.read_text())
            if task and not self._is_ours(task):
                layers.release(_root(config) / "root")
                info = self.session.getTaskInfo(task)
                self._failed[config] = info["state"] == koji.TASK_STATES["FAILED"]
        failures = [config for config, failed in self._failed.items() if failed]
        # With a full disk the builder takes no task, so none would ever take their place.
        most = KEPT_FAILURES if failures and self.checkSpace() else 0
        kept = failures[max(0, len(failures) - most) :]
        for config in self._failed:
            if config not in kept and config not in self._removals:
                self._start_removal(config)

    def _is_ours(self, task: int) -> bool:
        return task in self.tasks or task in self.pids

    def _start_removal(self, config: Path) -> None:
        """Remove a root without waiting: meanwhile tasks want to be taken and woken up.

        kojid waits minutes, so a sweep of ours comes first there; behind it nobody could tell any
        more whose a loop device is.
        """
        root = _root(config)
        leftovers.release_below(root / "root")
        trees = (root, root.with_name(f"{root.name}-bootstrap"), config)
        argv = removal.command(*trees)
        try:
            for tree in trees:
                removal.refuse_mounts(tree)
        except Infrastructure as problem:
            self.logger.error("%s", problem)  # noqa: TRY400  # it says all, a traceback nothing
            argv = ("false",)
        self._removals[config] = subprocess.Popen(argv)

    def _reap(self) -> None:
        """Forget what is removed; what could not be removed stays listed and is left alone."""
        for config, process in list(self._removals.items()):
            if process.poll() == 0:
                del self._removals[config], self._failed[config]


def _root(config: Path) -> Path:
    """The folder of the build root that a mock configuration belongs to."""
    return config.with_suffix("")

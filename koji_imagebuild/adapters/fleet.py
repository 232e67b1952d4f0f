"""The builders of a task's channel, and which of them gave it back already."""

from __future__ import annotations

from typing import Any

import koji


class KojidFleet:
    """Builders as the hub knows them.

    :param task: the running ``koji.tasks.BaseTaskHandler``
    """

    def __init__(self, task: Any, arch: str) -> None:
        self._task = task
        self._arch = koji.canonArch(arch)

    @property
    def host(self) -> str:
        info = self._task.session.host.getHost()
        return str(info["name"])

    @property
    def moves(self) -> int:
        return len(self._refused())

    def elsewhere(self) -> bool:
        session, task = self._task.session, self._task.taskinfo
        own = session.host.getID()
        hosts = session.listHosts(
            arches=[self._arch], channelID=task["channel_id"], ready=True, enabled=True
        )
        return bool({host["id"] for host in hosts} - self._refused() - {own})

    def _refused(self) -> set[int]:
        """Ids of the hosts that gave this task back (kojihub/scheduler.py, since Koji 1.34)."""
        refusals = self._task.session.scheduler.getTaskRefusals([["task_id", self._task.id]])
        return {refusal["host_id"] for refusal in refusals}

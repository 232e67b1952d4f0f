"""The builders of a task's channel, and which of them had it already."""

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
        return len(self._before())

    def elsewhere(self) -> bool:
        session, task = self._task.session, self._task.taskinfo
        hosts = session.listHosts(
            arches=[self._arch], channelID=task["channel_id"], ready=True, enabled=True
        )
        others = {host["id"] for host in hosts} - {session.host.getID()}
        return bool(others - self._refused() - self._before())

    def _before(self) -> set[int]:
        """Ids of the other hosts that made build roots for this task.

        Refusals do not tell: the hub forgets them after a while (kojihub/scheduler.py,
        SoftRefusalTimeout), and a host without the plugin refuses what it never tried.
        """
        session = self._task.session
        roots = session.listBuildroots(taskID=self._task.id)
        return {root["host_id"] for root in roots} - {session.host.getID()}

    def _refused(self) -> set[int]:
        """Ids of the hosts that refuse this task (kojihub/scheduler.py, since Koji 1.34)."""
        refusals = self._task.session.scheduler.getTaskRefusals([["task_id", self._task.id]])
        return {refusal["host_id"] for refusal in refusals}

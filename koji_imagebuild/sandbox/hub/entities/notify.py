"""Mail about builds: a ``buildNotification`` task for the builder to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.hub.entities import tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def build(call: Call, info: Row) -> None:
    """Tell the build's owner how it ended (NotifyOnSuccess of the hub is on)."""
    recipient = f"{info['owner_name']}@localhost"
    # only rpm builds name their target (kojihub.py:9409), so the third argument is None
    tasks.make_task(call, "buildNotification", [[recipient], info, None, call.site.weburl])

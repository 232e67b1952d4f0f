"""Image builds, as the builder that makes them reports them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.sandbox.hub.call import method
from koji_imagebuild.sandbox.hub.entities import builds, images, releases, tagging, tags, tasks

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


@method("host.initImageBuild")
def init_image_build(call: Call, task_id: int, build_info: Row) -> Row:
    """Open a build for a task; a release of None is the next one.

    :returns: build_info with id, release, task, owner and state
    """
    tasks.assert_host(call, task_id)
    data = {
        **build_info,
        "task_id": task_id,
        "owner": tasks.get(call, task_id)["owner"],
        "state": builds.BUILDING,
        "completion_time": None,
    }
    if data.get("release") is None:
        data["release"] = releases.next_release(call, data["name"], data["version"])
    data["id"] = builds.create(call, data)
    builds.add_type(call, data["id"], "image")
    return data


@method("host.completeImageBuild")
def complete_image_build(call: Call, task_id: int, build_id: int, results: dict[str, Row]) -> None:
    tasks.assert_host(call, task_id)
    images.import_results(call, builds.get(call, build_id), results)
    builds.end(call, build_id, builds.COMPLETE)


@method("host.moveImageBuildToScratch")
def move_image_build_to_scratch(call: Call, task_id: int, results: dict[str, Row]) -> None:
    tasks.assert_host(call, task_id)
    images.move_to_scratch(call, task_id, results)


@method("host.failBuild")
def fail_build(call: Call, task_id: int, build_id: int) -> None:
    tasks.assert_host(call, task_id)
    builds.fail(call, build_id)


@method("host.tagBuild")
def tag_build(
    call: Call, task_id: int, tag: Any, build: Any, force: bool = False, fromtag: Any = None
) -> None:
    """Tag as the user who owns the task."""
    tasks.assert_host(call, task_id)
    owner = tasks.get(call, task_id)["owner"]
    info, target = builds.get(call, build), tags.get(call, tag)
    tagging.assert_taggable(call, target, info, force=force)
    if fromtag:
        tagging.remove(call, tags.get(call, fromtag), info, owner, force=force)
    tagging.add(call, target, info, owner, force=force)


@method("host.tagNotification")
def tag_notification(
    call: Call,
    is_successful: bool,
    tag_id: Any,
    from_id: Any,
    build_id: Any,
    user_id: Any,
    ignore_success: bool = False,
    failure_msg: str = "",
) -> None:
    """Koji mails those who subscribed; in the sandbox nobody can."""
    del is_successful, tag_id, from_id, build_id, user_id, ignore_success, failure_msg
    call.session.require_host()

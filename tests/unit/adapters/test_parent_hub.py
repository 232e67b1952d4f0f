"""What parents ask the hub, through Koji's own client and task class."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.adapters.parent_hub import KojidParentHub
from koji_imagebuild.errors import PreflightError, RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.rpms import KnownRpm
from koji_imagebuild.model.target import BuildTag, RepoChoice, RepoInfo, Target
from koji_imagebuild.pipeline.ports import Build

from .koji_side import running
from .rpms import RpmHub, rpm

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target("minidist", 2, "minidist-build", 3, "minidist-candidate")
TAG = BuildTag(2, "minidist-build", ("x86_64",), host_devices=True)
BUILD = Build(9, NVR("disk", "1", "3"), complete=False, source="git+http://h/d#c")


@dataclass
class ParentSide(RpmHub):
    """Builds, repositories and tasks of the hub."""

    builds: list[dict[str, Any]] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    locked: bool = False
    repo_state: str = "READY"
    events_are_gone: bool = False
    notified: list[tuple[Any, ...]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)

    def get_build_target(self, name: str) -> dict[str, Any] | None:
        return {"id": 1, "orig_name": name, **TARGET.to_wire()} if name == "minidist" else None

    def repo_info(self, repo_id: int) -> dict[str, Any] | None:
        if repo_id not in (7, 8):
            return None
        tag = (2, "minidist-build") if repo_id == 7 else (5, "other-build")
        info = {"id": repo_id, "create_event": 1284, "tag_id": tag[0], "tag_name": tag[1]}
        return {**info, "state": koji.REPO_STATES[self.repo_state]}

    def get_tag(self, tag: int, *, strict: bool) -> dict[str, Any]:
        return {"id": tag, "name": "minidist-build"}

    def tag_last_change_event(self, tag: int) -> int:
        return 1280

    def repo_request(self, tag: int, **wanted: Any) -> dict[str, Any]:
        if self.events_are_gone:
            raise koji.GenericError("Invalid event")
        event = wanted.get("at_event") or 1284
        repo = {"id": 10, "create_event": event, "begin_event": 1, "end_event": None}
        return {"repo": {**repo, "tag_id": tag, "custom_opts": {}, "opts": {}}}

    def list_builds(self, **wanted: Any) -> list[dict[str, Any]]:
        keys = {"package_id": "name", "task_id": "task_id", "state": "state"}
        found = self.builds
        for asked, key in keys.items():
            if asked in wanted:
                found = [build for build in found if build[key] == wanted[asked]]
        return sorted(found, key=lambda build: -int(build["build_id"]))

    def get_build(self, wanted: int | dict[str, Any], *, strict: bool = False) -> Any:
        key, value = ("build_id", wanted)
        if isinstance(wanted, dict):
            key, value = ("release", wanted["release"])
        return next((build for build in self.builds if build[key] == value), None)

    def host_init_image_build(self, task_id: int, asked: dict[str, Any]) -> dict[str, Any]:
        assert task_id == 42
        if self.get_build(asked):
            raise koji.GenericError(f"Build already exists (id=8, state=COMPLETE): {asked!r}")
        self.opened.append(asked)
        return {**asked, "id": 9, "release": asked["release"] or "3"}

    def host_complete_image_build(self, task_id: int, build_id: int, results: Any) -> None:
        raise koji.RetryError("unable to retry call 7 (method host.completeImageBuild)")

    def list_tags(self, build: int) -> list[dict[str, Any]]:
        return [{"id": tag} for tag in self.tags]

    def host_tag_build(self, task_id: int, tag: int, build_id: int) -> None:
        assert (task_id, build_id) == (42, 9)
        if self.locked:
            raise koji.TagError("tag minidist-candidate is locked")
        self.tags.append(tag)

    def host_tag_notification(self, *told: Any) -> None:
        self.notified.append(told)

    def list_task_output(self, task_id: int) -> list[str]:
        return ["a.qcow2", "b.log"]


def build(number: int, release: str, state: str, task: int = 42) -> dict[str, Any]:
    return {
        "id": number,
        "build_id": number,
        "nvr": f"disk-1-{release}",
        "name": "disk",
        "version": "1",
        "release": release,
        "state": koji.BUILD_STATES[state],
        "task_id": task,
        "source": None,
    }


@pytest.fixture
def hub() -> ParentSide:
    return ParentSide()


@pytest.fixture
def parent(hub: ParentSide, tmp_path: Path) -> KojidParentHub:
    return KojidParentHub(running(hub, tmp_path))


def test_a_target(parent: KojidParentHub) -> None:
    assert parent.target("minidist") == TARGET


def test_a_target_that_is_not_there(parent: KojidParentHub) -> None:
    with pytest.raises(RequestError, match="There is no target 'gone'") as caught:
        parent.target("gone")
    assert caught.value.repair == "koji list-targets"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (RepoChoice(repo_id=7), RepoInfo(7, 1284, "minidist-build")),
        (RepoChoice(event=1200), RepoInfo(10, 1200, "minidist-build")),
        (RepoChoice(), RepoInfo(10, 1284, "minidist-build")),
        (RepoChoice(wait=True), RepoInfo(10, 1284, "minidist-build")),
    ],
)
def test_repositories(parent: KojidParentHub, choice: RepoChoice, expected: RepoInfo) -> None:
    assert parent.repository(TAG, choice) == expected


def test_another_tags_repository_is_refused(parent: KojidParentHub) -> None:
    with pytest.raises(RequestError, match="Repository 8 is one of other-build, not of minidist-b"):
        parent.repository(TAG, RepoChoice(repo_id=8))


def test_a_repository_that_is_not_there(parent: KojidParentHub) -> None:
    with pytest.raises(RequestError, match="There is no repository 4711"):
        parent.repository(TAG, RepoChoice(repo_id=4711))


@pytest.mark.parametrize("state", ["READY", "EXPIRED"])
def test_a_repository_of_then_is_used_while_it_is_there(
    hub: ParentSide, parent: KojidParentHub, state: str
) -> None:
    hub.repo_state = state
    assert parent.same_repository(TAG, RepoInfo(7, 1200, "b")) == RepoInfo(7, 1200, "b")


def test_one_of_its_event_takes_its_place(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.repo_state = "DELETED"
    assert parent.same_repository(TAG, RepoInfo(7, 1200, "b")) == RepoInfo(10, 1200, TAG.name)


def test_where_there_can_be_none_it_is_said(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.repo_state, hub.events_are_gone = "DELETED", True
    with pytest.raises(PreflightError, match="of its event 1200: Invalid event\n--fresh-repo"):
        parent.same_repository(TAG, RepoInfo(7, 1200, "minidist-build"))


def test_the_last_release_is_of_the_same_version(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.builds = [build(1, "1", "COMPLETE"), build(2, "2", "FAILED")]
    hub.builds.append({**build(3, "7", "COMPLETE"), "version": "2"})

    assert parent.last_release("disk", "1") == "2"
    assert parent.last_release("disk", "3") is None


@pytest.mark.parametrize(
    ("states", "own"),
    [
        (("FAILED", "BUILDING"), 2),
        (("COMPLETE",), 1),
        (("BUILDING", "COMPLETE"), 2),
        (("FAILED", "CANCELED", "DELETED"), None),
        ((), None),
    ],
)
def test_the_build_an_earlier_run_opened(
    hub: ParentSide, parent: KojidParentHub, states: tuple[str, ...], own: int | None
) -> None:
    hub.builds = [build(n, str(n), state) for n, state in enumerate(states, start=1)]
    hub.builds.append(build(99, "99", "BUILDING", task=41))

    found = parent.own_build()

    assert (found and found.id) == own
    assert found is None or found.complete == (states[found.id - 1] == "COMPLETE")
    assert found is None or found.source == ""


@pytest.mark.parametrize(("release", "given"), [(None, "3"), ("43_Beta", "43_Beta")])
def test_the_hub_allocates_the_release(
    hub: ParentSide, parent: KojidParentHub, release: str | None, given: str
) -> None:
    opened = parent.open_build("disk", "1", release, BUILD.source)

    assert opened == Build(9, NVR("disk", "1", given), complete=False, source=BUILD.source)
    (asked,) = hub.opened
    assert (asked["release"], asked["epoch"], asked["source"]) == (release, 0, BUILD.source)


def test_a_build_that_is_there_is_named(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.builds = [build(8, "3", "COMPLETE", task=41)]
    said = r"Build already exists \(id=8, state=COMPLETE\): disk-1-3"
    with pytest.raises(RequestError, match=said) as caught:
        parent.open_build("disk", "1", "3", BUILD.source)
    assert "--release" in caught.value.repair


def test_an_upload_is_no_source_of_a_build(hub: ParentSide, parent: KojidParentHub) -> None:
    parent.open_build("disk", "1", None, "")

    assert "source" not in hub.opened[0]


def test_an_import_whose_answer_was_lost(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.builds = [build(BUILD.id, "3", "COMPLETE")]
    parent.complete_build(BUILD, {})

    hub.builds = [build(BUILD.id, "3", "BUILDING")]
    with pytest.raises(koji.RetryError):
        parent.complete_build(BUILD, {})


def test_a_build_is_tagged_without_waiting_for_a_task(
    hub: ParentSide, parent: KojidParentHub
) -> None:
    parent.tag_build(BUILD, TARGET)

    assert hub.tags == [3]
    assert hub.notified == []


def test_who_wants_to_know_is_told_that_a_build_could_not_be_tagged(
    hub: ParentSide, parent: KojidParentHub
) -> None:
    hub.locked = True

    with pytest.raises(koji.TagError, match="is locked"):
        parent.tag_build(BUILD, TARGET)

    ((success, tag, _, build_id, owner, ignored, why),) = hub.notified
    assert (success, tag, build_id, owner, ignored) == (False, 3, 9, 1, True)
    assert why == "TagError: tag minidist-candidate is locked"


def test_what_is_tagged_is_not_tagged_again(hub: ParentSide, parent: KojidParentHub) -> None:
    hub.tags = [1, 3]

    parent.tag_build(BUILD, TARGET)

    assert hub.tags == [1, 3]


def test_rpms_that_an_import_would_be_refused_for(parent: KojidParentHub) -> None:
    rpms = [KnownRpm(rpm(name)).to_wire() for name in ("same", "gone")]
    rpms.append(KnownRpm(rpm("elsewhere"), "epel").to_wire())

    assert parent.unknown_rpms(rpms) == ("gone-1-1.noarch",)


def test_files_that_are_not_in_the_tasks_folder(parent: KojidParentHub) -> None:
    assert parent.missing_files(43, ["b.log", "c.iso", "a.qcow2"]) == ("c.iso",)


def test_where_people_find_the_images(parent: KojidParentHub) -> None:
    assert parent.image_folder(BUILD).endswith("/packages/disk/1/3/images")

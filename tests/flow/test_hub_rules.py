"""The fake hub says no where Koji's does; one that says yes would prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji
import pytest
from koji import BUILD_STATES

if TYPE_CHECKING:
    from pathlib import Path

from .hub import BuildRow, Hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


@pytest.fixture
def task(hub: Hub) -> int:
    return hub.make_task("imageBuildLocal", [])


def opened(hub: Hub, task: int, release: str | None = None) -> BuildRow:
    return hub.init_image_build(task, "demo", "1.0", release, "")


@pytest.mark.parametrize(
    ("last", "expected"),
    [("123", "124"), ("123.el8", "124.el8"), ("123.snapshot.456", "123.snapshot.457")],
)
def test_releases_that_count_on(hub: Hub, task: int, last: str, expected: str) -> None:
    opened(hub, task, last)

    assert hub.next_release("demo", "1.0") == expected


@pytest.mark.parametrize("last", ["RC1", "43_Beta", "1.2.fc43", "1.2.3.4"])
def test_releases_that_do_not(hub: Hub, task: int, last: str) -> None:
    opened(hub, task, last)

    with pytest.raises(koji.BuildError, match="Unable to increment"):
        hub.next_release("demo", "1.0")


def test_two_calls_without_a_release_open_two_builds(hub: Hub, task: int) -> None:
    assert opened(hub, task).release == "1"
    assert opened(hub, task).release == "2"


def test_a_build_in_progress_belongs_to_its_task(hub: Hub, task: int) -> None:
    assert opened(hub, task, "1") is opened(hub, task, "1")

    with pytest.raises(koji.GenericError, match="already in progress"):
        opened(hub, hub.make_task("imageBuildLocal", []), "1")


def test_a_failed_build_is_recycled_and_not_counted(hub: Hub, task: int) -> None:
    first = opened(hub, task)
    hub.fail_build(task, first.id)

    assert opened(hub, task) is first
    assert first.state == BUILD_STATES["BUILDING"]


def test_a_label_names_one_child(hub: Hub, task: int) -> None:
    first = hub.make_task("createFakeImage", [1], parent=task, label="x86_64")

    assert hub.make_task("createFakeImage", [2], parent=task, label="x86_64") == first
    assert hub.tasks[first].arguments == [1]


def test_a_failed_import_destroys_what_was_there(hub: Hub, task: int, tmp_path: Path) -> None:
    build = opened(hub, task)
    for name in ("a.qcow2", "b.strange"):
        (hub.folder(task) / name).write_text("bits")
    result = {"task_id": task, "arch": "x86_64", "files": ["a.qcow2", "b.strange"], "rpmlist": []}

    with pytest.raises(koji.BuildError, match=r"Unsupported file type: b.strange"):
        hub.complete_image_build(task, build.id, {"1": result})
    hub.fail_build(task, build.id)
    opened(hub, task)

    assert hub.imports == ["started"]
    assert not (hub.folder(task) / "a.qcow2").exists()


def test_what_was_moved_away_cannot_be_uploaded_again(hub: Hub, task: int, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{}")
    hub.upload(task, file, "a.json")
    hub.upload(task, file, "a.json")
    moved = {"1": {"task_id": task, "files": ["a.json"], "logs": []}}
    hub.move_image_build_to_scratch(task, moved)

    with pytest.raises(koji.GenericError, match="is a symlink"):
        hub.upload(task, file, "a.json")
    with pytest.raises(koji.GenericError, match="Destination exists"):
        hub.move_image_build_to_scratch(task, moved)


def test_a_tag_takes_a_build_once_and_only_a_whole_one(hub: Hub, task: int) -> None:
    build = opened(hub, task)
    with pytest.raises(koji.TagError, match="not complete"):
        hub.tag_build(build.id)

    hub.complete_image_build(task, build.id, {})
    hub.tag_build(build.id)
    with pytest.raises(koji.TagError, match="already tagged"):
        hub.tag_build(build.id)


def test_an_ended_task_owns_nothing_any_more(hub: Hub, task: int, tmp_path: Path) -> None:
    hub.close_task(task, None)

    with pytest.raises(koji.GenericError, match="is not open"):
        opened(hub, task)

"""A build for several arches, one of which may fail."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from .under_test import task_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .under_test import Koji

#: One that no builder is for.
OTHER = "s390x"


@pytest.fixture
def two_arches(koji: Koji) -> Iterator[None]:
    before = koji.session().getTag(koji.build_tag)["arches"]
    koji.run("edit-tag", f"--arches={before} {OTHER}", koji.build_tag, user="admin")
    yield
    koji.run("edit-tag", f"--arches={before}", koji.build_tag, user="admin")


def _child(koji: Koji, parent: int, arch: str) -> int:
    """The arch task, as soon as there is one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for child in koji.session().getTaskChildren(parent):
            if child["label"] == arch:
                return int(child["id"])
        time.sleep(0.1)
    pytest.fail(f"task {parent} has no child for {arch}")


def test_an_arch_that_may_fail_does_not_fail_the_build(
    koji: Koji, descriptions: str, two_arches: None
) -> None:
    """Nobody takes its task, until somebody cancels it."""
    session = koji.session()
    words = ("--wait", f"--can-fail={OTHER}", koji.target, descriptions, "tiny/tiny.kiwi")
    with koji.start("image-build-local", "kiwi", *words) as command:
        first = command.stdout.readline()
        task = task_of(first)
        other = _child(koji, task, OTHER)
        koji.run("cancel", str(other))
        said = command.stdout.read()
        assert command.wait() == 0
    assert f" {OTHER}  {other} createKiwiImage  canceled" in said
    assert "\nBuilt tiny-1.0-" in said

    (build,) = session.listBuilds(taskID=task)
    files = [archive["filename"] for archive in session.listArchives(buildID=build["build_id"])]
    assert {f".{koji.arch}." in name for name in files} == {True, False}
    assert not [name for name in files if OTHER in name]
    nvr = build["nvr"]
    document = json.loads(session.downloadTaskOutput(task, f"{nvr}.image-build.json"))
    assert document["arches"][OTHER]["optional"] is True
    assert "canceled" in document["arches"][OTHER]["failure"]
    assert document["arches"][koji.arch]["failure"] == ""
    summary = session.downloadTaskOutput(task, "summary.log").decode()
    assert f"{OTHER}    task {other}" in summary
    assert "failed (optional)" in summary


def test_both_arches_get_the_same_commit_and_a_task_each(
    koji: Koji, descriptions: str, two_arches: None
) -> None:
    """All arches of the build tag, unless --arch says which."""
    words = ("--nowait", "--scratch", koji.target, descriptions, "tiny/tiny.kiwi")
    tasks = {
        arches: task_of(koji.run("image-build-local", "kiwi", *more, *words).out)
        for arches, more in {(koji.arch, OTHER): (), (OTHER,): (f"--arch={OTHER}",)}.items()
    }
    try:
        for arches, task in tasks.items():
            requests = [koji.session().getTaskRequest(_child(koji, task, arch)) for arch in arches]
            assert [request[3] for request in requests] == list(arches)
            assert len({request[7] for request in requests}) == 1
            labels = {child["label"] for child in koji.session().getTaskChildren(task)}
            assert labels & {koji.arch, OTHER} == set(arches)
    finally:
        koji.run("cancel", *map(str, tasks.values()))

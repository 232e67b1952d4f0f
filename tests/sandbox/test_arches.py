"""A build for several arches, one of which may fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .under_test import task_of

if TYPE_CHECKING:
    from .under_test import Koji


def test_an_arch_that_may_fail_does_not_fail_the_build(
    koji: Koji, descriptions: str, other_arch: str
) -> None:
    """Nobody takes its task, until somebody cancels it."""
    session = koji.session()
    words = ("--wait", f"--can-fail={other_arch}", koji.target, descriptions, "tiny/tiny.kiwi")
    with koji.start("image-build-local", "kiwi", *words) as command:
        first = command.stdout.readline()
        task = task_of(first)
        other = koji.child(task, other_arch)
        koji.run("cancel", str(other))
        said = command.stdout.read()
        assert command.wait() == 0
    assert f" {other_arch}  {other} createKiwiImage  canceled" in said
    assert "\nBuilt tiny-1.0-" in said

    (build,) = session.listBuilds(taskID=task)
    files = [archive["filename"] for archive in session.listArchives(buildID=build["build_id"])]
    assert {f".{koji.arch}." in name for name in files} == {True, False}
    assert not [name for name in files if other_arch in name]
    nvr = build["nvr"]
    document = json.loads(session.downloadTaskOutput(task, f"{nvr}.image-build.json"))
    assert document["arches"][other_arch]["optional"] is True
    assert "canceled" in document["arches"][other_arch]["failure"]
    assert document["arches"][koji.arch]["failure"] == ""
    summary = session.downloadTaskOutput(task, "summary.log").decode()
    assert f"{other_arch}    task {other}" in summary
    assert "failed (optional)" in summary


def test_both_arches_get_the_same_commit_and_a_task_each(
    koji: Koji, descriptions: str, other_arch: str
) -> None:
    """All arches of the build tag, unless --arch says which."""
    words = ("--nowait", "--scratch", koji.target, descriptions, "tiny/tiny.kiwi")
    tasks = {
        arches: task_of(koji.run("image-build-local", "kiwi", *more, *words).out)
        for arches, more in {
            (koji.arch, other_arch): (),
            (other_arch,): (f"--arch={other_arch}",),
        }.items()
    }
    try:
        for arches, task in tasks.items():
            requests = [koji.session().getTaskRequest(koji.child(task, arch)) for arch in arches]
            assert [request[3] for request in requests] == list(arches)
            assert len({request[7] for request in requests}) == 1
            labels = {child["label"] for child in koji.session().getTaskChildren(task)}
            assert labels & {koji.arch, other_arch} == set(arches)
    finally:
        koji.run("cancel", *map(str, tasks.values()))

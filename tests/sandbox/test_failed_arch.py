"""An arch that fails: the others finish, unless they were asked not to."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from .batch import Asked, Ended, end, submit
from .hostile import Hostile
from .under_test import deadline

if TYPE_CHECKING:
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

SLEEP = "sleep 42001"


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("arches")
    Hostile(prep=f"{SLEEP} || true", kiwi="").write(top / "sleeps")
    return koji.publish(top, "failed-arch")


def start(koji: Koji, url: str, **opts: object) -> int:
    asked = Hostile().asked("sleeps")
    return submit(koji, url, Asked(asked.path, {**asked.opts, "scratch": False, **opts}))


def sleeping(koji: Koji) -> tuple[int, ...]:
    patience = deadline(60)
    while not (found := koji.machine.running(SLEEP)):
        assert time.monotonic() < patience
        time.sleep(0.05)
    return found


def wake(koji: Koji) -> None:
    for pid in sleeping(koji):
        os.kill(pid, signal.SIGTERM)


def states(ended: Ended) -> list[str]:
    return [ended.state, *(arch.state for arch in ended.arches)]


def build_state(koji: Koji, task: int) -> str:
    (build,) = koji.session().listBuilds(taskID=task)
    return str(koji_library.BUILD_STATES[build["state"]])


def test_the_others_finish(koji: Koji, url: str, other_arch: str) -> None:
    task = start(koji, url)
    other = koji.child(task, other_arch)
    sleeping(koji)
    koji.session().cancelTask(other)
    wake(koji)
    ended = end(koji, task)
    assert states(ended) == ["FAILED", "CLOSED", "CANCELED"]
    assert build_state(koji, task) == "FAILED"
    assert " failed (1 of 2 arches)\n\n" in ended.text
    assert f"\n  {other_arch} (task {other}): " in ended.text
    summary = koji.session().downloadTaskOutput(task, "summary.log").decode()
    assert f"{koji.arch}   task {ended.arches[0].task}" in summary
    assert f"{other_arch}    task {other}" in summary


def test_the_others_are_ended_when_asked_to(koji: Koji, url: str, other_arch: str) -> None:
    task = start(koji, url, fail_fast=True)
    other = koji.child(task, other_arch)
    sleeping(koji)
    koji.session().cancelTask(other)
    ended = end(koji, task)
    assert states(ended) == ["FAILED", "CANCELED", "CANCELED"]
    assert build_state(koji, task) == "FAILED"


def test_the_builder_is_killed_with_two_arches(koji: Koji, url: str, other_arch: str) -> None:
    """Both are found again, one task each: the one that runs, and the one nobody takes."""
    task = start(koji, url, optional_arches=[other_arch])
    children = [koji.child(task, arch) for arch in (koji.arch, other_arch)]
    sleeping(koji)
    koji.machine.kill_builder()
    koji.machine.start_builder()
    koji.wait(children[0], ("OPEN",))
    wake(koji)
    koji.session().cancelTask(children[1])
    ended = end(koji, task)
    assert states(ended) == ["CLOSED", "CLOSED", "CANCELED"]
    assert [arch.task for arch in ended.arches] == children
    assert build_state(koji, task) == "COMPLETE"

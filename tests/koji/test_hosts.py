"""Several builders: who gets a task, who gives it back, and who loses it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from tests.koji.configuration import IMPATIENT
from tests.koji.machine import stop_service
from tests.sandbox.batch import Asked, end, submit
from tests.sandbox.hostile import Hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji

SLEEP = "sleep 45001"
#: What dnf says of a mirror that is away: it may be the builder's fault.
MIRROR = "Status code: 503 for http://127.0.0.1/repomd.xml"


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("hosts")
    Hostile(prep=f"{SLEEP} || true", kiwi="").write(top / "sleeps")
    Hostile(kiwi=f'prepare() {{ echo "{MIRROR}"; exit 1; }}').write(top / "mirror")
    return koji.publish(top, "hosts")


@pytest.fixture(scope="module")
def forgetful(koji: Koji, instance: Instance) -> None:
    """A hub that forgets after a second that a host gave a task back; by default 15 minutes."""
    instance.changes["hub"] = {"SoftRefusalTimeout": "1"}
    koji.machine.kill_hub()
    koji.machine.start_hub()


@pytest.fixture
def second(koji: Koji, instance: Instance, forgetful: None) -> Iterator[None]:
    """Another builder, which could do everything."""
    with host(koji, instance, "second"):
        yield


@pytest.fixture
def bare(koji: Koji, instance: Instance) -> Iterator[None]:
    """Another builder, which nobody gave the plugin."""
    instance.changes["kojid-bare"] = {"plugins": IMPATIENT.stem}
    with host(koji, instance, "bare"):
        yield


@contextmanager
def host(koji: Koji, instance: Instance, name: str) -> Iterator[None]:
    admin = koji.session("admin")
    if admin.getHost(name) is None:
        admin.addHost(name, [koji.arch])
        admin.addHostToChannel(name, "image")
    admin.enableHost(name)
    with instance.other_kojid(name):
        yield
    admin.disableHost(name)


def tried_on(koji: Koji, task: int) -> list[str]:
    """The hosts of a task's build roots, in order."""
    roots = koji.session().listBuildroots(taskID=task, queryOpts={"order": "id"})
    return [root["host_name"] for root in roots]


def sleeping(koji: Koji, known: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Wait for a sleep that is not known yet."""
    patience = time.monotonic() + 120
    while not (found := set(koji.machine.running(SLEEP)) - set(known)):
        assert time.monotonic() < patience
        time.sleep(0.05)
    return tuple(found)


def wake(pids: tuple[int, ...]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)


@pytest.mark.usefixtures("second")
def test_two_builders_that_fail(koji: Koji, url: str) -> None:
    """The same task goes to the other one, and does not come back."""
    task = submit(koji, url, Hostile().asked("mirror"))
    (arch,) = end(koji, task).arches
    assert arch.text.startswith(f"Failed in 'install packages'\n\n  {MIRROR}\n")
    first, again, other = tried_on(koji, arch.task)
    assert first == again
    assert {first, other} == {"builder", "second"}
    runs = koji.session().scheduler.getTaskRuns([["task_id", arch.task]])
    assert [koji.session().getHost(run["host_id"])["name"] for run in runs] == [first, other]


@pytest.mark.usefixtures("bare")
def test_a_builder_without_the_plugin_takes_no_try(koji: Koji, url: str) -> None:
    """The scheduler gives it the arch first: it has nothing to do."""
    task = submit(koji, url, Hostile().asked("mirror"))
    child = koji.child(task, koji.arch)
    patience = time.monotonic() + 30
    while not (refusals := koji.session().scheduler.getTaskRefusals([["task_id", child]])):
        assert time.monotonic() < patience
        time.sleep(0.05)
    assert [refusal["msg"] for refusal in refusals] == ["no handler for method"]
    assert end(koji, task).state == "FAILED"
    assert tried_on(koji, child) == ["builder", "builder"]


def test_a_service_that_is_restarted(koji: Koji, instance: Instance, url: str) -> None:
    """As an update does: the tasks begin again and find what they began. One build, one arch."""
    task, child = build_that_sleeps(koji, url)
    before = sleeping(koji)
    stop_service(instance, "kojid")
    koji.machine.start_builder()
    assert_built_once(koji, task, child, before)


@pytest.mark.usefixtures("second")
def test_tasks_that_an_admin_moves(koji: Koji, url: str) -> None:
    """Both parent and arch run again elsewhere: one build, one arch task."""
    admin = koji.session("admin")
    task, child = build_that_sleeps(koji, url)
    before = sleeping(koji)
    hosts = {each: admin.getTaskInfo(each)["host_id"] for each in (task, child)}
    ids = {admin.getHost(name)["id"] for name in ("builder", "second")}
    for each, had in hosts.items():
        (other,) = ids - {had}
        assert admin.assignTask(each, admin.getHost(other)["name"], force=True)
    assert_built_once(koji, task, child, before)
    now = {each: admin.getTaskInfo(each)["host_id"] for each in (task, child)}
    assert not set(now.items()) & set(hosts.items())


def build_that_sleeps(koji: Koji, url: str) -> tuple[int, int]:
    """A real build's task, and its arch's."""
    asked = Hostile().asked("sleeps")
    task = submit(koji, url, Asked(asked.path, {**asked.opts, "scratch": False}))
    return task, koji.child(task, koji.arch)


def assert_built_once(koji: Koji, task: int, child: int, known: tuple[int, ...]) -> None:
    """Also when it sleeps again."""
    wake(sleeping(koji, known))
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    assert [arch.task for arch in ended.arches] == [child]
    (build,) = koji.session().listBuilds(taskID=task)
    assert build["state"] == koji_library.BUILD_STATES["COMPLETE"]
    koji.settle()

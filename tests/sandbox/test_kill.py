"""Killed with SIGKILL: the tool, mock, the builder. And a tool that never ends."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import koji as koji_library
import pytest

from .batch import end, submit
from .described import SHELL, tiny
from .hostile import Hostile
from .under_test import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

#: They wait until somebody ends their sleep, and go on then.
WAITS = "sleep 4100{} || true"
BUILDS = {
    "tool": Hostile(
        description=tiny(packages=SHELL), files={"config.sh": "#!/bin/bash\nsleep 41001\n"}
    ),
    "mock": Hostile(prep=WAITS.format(2)),
    "mock-always": Hostile(prep=WAITS.format(3)),
    "builder": Hostile(
        prep=f"truncate -s 10M /disk; losetup --find /disk; {WAITS.format(4)}", kiwi=""
    ),
    # What keeps kiwi's pipe open keeps kiwi waiting.
    "never-ends": Hostile(
        description=tiny(packages=SHELL), files={"config.sh": "#!/bin/bash\nsleep 41005 &\n"}
    ),
}


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("kill")
    for name, build in BUILDS.items():
        build.write(top / name)
    return koji.publish(top, "kill")


def start(koji: Koji, url: str, name: str, **opts: object) -> int:
    asked = BUILDS[name].asked(name)
    return submit(koji, url, type(asked)(asked.path, {**asked.opts, **opts}))


def sleeping(koji: Koji, number: int, known: frozenset[int] = frozenset()) -> frozenset[int]:
    """Wait for a sleep that is not known yet."""
    patience = deadline(60)
    while True:
        found = frozenset(koji.machine.running(f"sleep 4100{number}")) - known
        if found:
            return found
        assert time.monotonic() < patience, f"nothing sleeps for 4100{number} s"
        time.sleep(0.02)


def wake(pids: frozenset[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGTERM)


def arch_tasks(koji: Koji, task: int) -> list[dict[str, Any]]:
    found = koji.session().getTaskChildren(task)
    return [child for child in found if child["method"] == "createKiwiImage"]


def test_the_tool_is_killed(koji: Koji, url: str) -> None:
    task = start(koji, url, "tool")
    sleeping(koji, 1)
    for pid in koji.machine.running("/usr/bin/kiwi-ng --config"):
        os.kill(pid, signal.SIGKILL)
    (arch,) = end(koji, task).arches
    assert arch.text.startswith("Killed in 'run config.sh' after 0:0")
    assert arch.text.endswith(
        "log: 20-kiwi-prepare.log\n"
        "The kernel kills what takes too much memory: the builder's kernel log tells"
    )


def test_mock_is_killed_once(koji: Koji, url: str) -> None:
    """The builder's fault: tried again in a fresh build root, in the same task."""
    task = start(koji, url, "mock")
    first = sleeping(koji, 2)
    koji.machine.kill_mock()
    wake(sleeping(koji, 2, first))
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    (arch,) = ended.arches
    assert len(koji.session().listBuildroots(taskID=arch.task)) == 2


def test_mock_is_killed_always(koji: Koji, url: str) -> None:
    task = start(koji, url, "mock-always")
    first = sleeping(koji, 3)
    koji.machine.kill_mock()
    sleeping(koji, 3, first)
    koji.machine.kill_mock()
    (arch,) = end(koji, task).arches
    assert arch.text == "mock was ended by signal 9 in 'make prep'\nlog: 10-make-prep.log"


@pytest.mark.parametrize("who", ["builder", "tasks"])
def test_the_builder_is_killed(koji: Koji, url: str, who: str) -> None:
    """It, or only the processes of its tasks: both are run again. One build, one task an arch."""
    task = start(koji, url, "builder", scratch=False)
    first = sleeping(koji, 4)
    (begun,) = koji.session().listBuilds(taskID=task)
    (child,) = arch_tasks(koji, task)
    if who == "tasks":
        koji.machine.kill_tasks()
    else:
        koji.machine.kill_builder()
        patience = deadline(10)
        while koji.machine.leftovers().processes:
            assert time.monotonic() < patience
        koji.machine.start_builder()
    wake(sleeping(koji, 4, first))
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    assert [arch.task for arch in ended.arches] == [child["id"]]
    (build,) = koji.session().listBuilds(taskID=task)
    assert build["state"] == koji_library.BUILD_STATES["COMPLETE"]
    assert build["build_id"] == begun["build_id"]


@pytest.fixture
def short(koji: Koji) -> Iterator[None]:
    """A builder with eight seconds for an arch."""
    koji.machine.kill_builder()
    koji.machine.start_builder({"arch_timeout": "8"})
    yield
    koji.machine.kill_builder()
    koji.machine.start_builder()


@pytest.mark.usefixtures("short")
def test_what_never_ends_is_ended(koji: Koji, url: str) -> None:
    task = start(koji, url, "never-ends")
    (arch,) = end(koji, task).arches
    assert arch.text.startswith("Timed out in 'run config.sh' after 0:0")
    assert arch.text.endswith(
        "log: 20-kiwi-prepare.log\n"
        "The limit is arch_timeout in the builder's image_build_local.conf"
    )

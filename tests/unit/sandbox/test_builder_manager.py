"""Build roots go when their task is over; a few of failed tasks stay."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from koji_imagebuild.sandbox.builder import loop
from koji_imagebuild.sandbox.builder.manager import KEPT_FAILURES, Manager
from koji_imagebuild.sandbox.builder.options import Options
from koji_imagebuild.sandbox.state import Endpoints, State

from .builder_hub import Hub

PLUGIN = """
import koji.tasks
class Toy(koji.tasks.BaseTaskHandler):
    Methods = ["toy"]
"""


@pytest.fixture
def options(tmp_path: Path) -> Options:
    state = State(tmp_path / "state")
    state.write_endpoints(Endpoints("sandbox", 1, 2))
    options = Options.of(state)
    for folder in (options.mockdir, options.workdir):
        Path(folder).mkdir(parents=True)
    return options


def root_of(options: Options, task: int) -> Path:
    folder = Path(options.mockdir) / f"minidist-build-{task}-1"
    (folder / "root").mkdir(parents=True)
    folder.with_name(f"{folder.name}.cfg").write_text(f"# Koji task id: {task}\n")
    return folder


def settle(manager: Manager) -> set[str]:
    """Let removals happen; name what is left."""
    for _ in range(50):
        manager.updateBuildroots()
        time.sleep(0.005)
    return {path.name.split("-")[2] for path in Path(manager.options.mockdir).glob("*-1*")}


def test_a_root_stays_as_long_as_its_task(options: Options) -> None:
    hub = Hub()
    manager = Manager(options, hub)
    for task in (1, 2):
        root_of(options, task)
    (Path(options.mockdir) / "minidist-build-3-1.cfg").touch()
    manager.tasks, manager.pids = {1: {}}, {2: 4242}
    assert settle(manager) == {"1", "2", "3"}
    manager.tasks, manager.pids = {}, {}
    (Path(options.mockdir) / "minidist-build-1-1-bootstrap").mkdir()
    hub.task_states = {1: "CLOSED", 2: "CANCELED"}
    assert settle(manager) == {"3"}


def test_the_latest_failures_stay(options: Options) -> None:
    tasks = range(1, KEPT_FAILURES + 3)
    hub = Hub(task_states=dict.fromkeys(tasks, "FAILED"))
    manager = Manager(options, hub)
    for task in tasks:
        root_of(options, task)
    assert settle(manager) == {str(task) for task in list(tasks)[-KEPT_FAILURES:]}


def test_a_full_disk_keeps_no_failures(options: Options) -> None:
    options.minspace = 1 << 40
    manager = Manager(options, Hub(task_states={1: "FAILED"}))
    root_of(options, 1)
    assert settle(manager) == set()


def test_handlers_are_ours_kojis_and_the_plugins(options: Options, tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "toy.py").write_text(PLUGIN)
    manager = Manager(options, Hub())
    loop.register(manager, plugins)
    assert {"tagBuild", "newRepo", "buildNotification", "waitrepo", "toy"} <= set(manager.handlers)
    assert not {"createrepo", "buildArch", "createAppliance"} & set(manager.handlers)


def test_the_machines_load_does_not_matter_but_the_hosts_capacity_does(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (10_000.0, 0.0, 0.0))
    manager = Manager(options, Hub())

    manager.task_load = 0.0
    assert manager.readyForTask()
    manager.task_load = 10_000.0
    assert not manager.readyForTask()

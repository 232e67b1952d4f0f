"""Which builder gets which task."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import koji
import pytest

from .clients import client, new_state, opened, populate, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .clients import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path, certs: Path) -> Iterator[Sandbox]:
    """A hub of its own: these tests count what is assigned."""
    state = new_state(tmp_path / "hub", certs)
    with running(state):
        populate(client(state, "admin"))
        with opened(state) as sandbox:
            yield sandbox


def assigned(sandbox: Sandbox) -> list[int]:
    sandbox.builder.ready()
    return [task["id"] for task in sandbox.builder.session.host.getTasks()]


def test_by_priority_then_age(sandbox: Sandbox) -> None:
    late, first, urgent = sandbox.task(priority=30), sandbox.task(), sandbox.task(priority=5)
    assert assigned(sandbox) == [urgent, first, late]


def test_channel_and_arch(sandbox: Sandbox) -> None:
    elsewhere = sandbox.task(channel="livecd")
    foreign = sandbox.task(arch="s390x")
    mine = sandbox.task(channel="image", arch="x86_64")
    assert assigned(sandbox) == [mine]
    sandbox.builder.take(mine)
    sandbox.admin.addHostToChannel("builder", "livecd")
    sandbox.admin.editHost("builder", arches="x86_64 s390x")
    assert assigned(sandbox) == [elsewhere, foreign]


def test_capacity(sandbox: Sandbox) -> None:
    sandbox.admin.editHost("builder", capacity=3.0)
    heavy = [sandbox.task() for _ in range(3)]
    assert assigned(sandbox) == heavy
    for task in heavy:
        sandbox.builder.take(task)
        sandbox.builder.session.host.setTaskWeight(task, 4.0)
    waiting = sandbox.task()
    assert assigned(sandbox) == []
    for task in heavy:
        sandbox.builder.session.host.taskSetWait(task, [])
    assert assigned(sandbox) == [waiting]


def test_number_of_jobs(sandbox: Sandbox) -> None:
    sandbox.builder.session.host.updateHost(0.0, ready=True, data={"maxjobs": 1})
    first, _ = sandbox.task(), sandbox.task()
    assert [task["id"] for task in sandbox.builder.session.host.getTasks()] == [first]


def test_builders_that_are_disabled_or_not_ready(sandbox: Sandbox) -> None:
    task = sandbox.task()
    sandbox.builder.session.host.updateHost(0.0, ready=False)
    assert sandbox.builder.session.host.getTasks() == []
    sandbox.admin.disableHost("builder")
    assert assigned(sandbox) == []
    sandbox.admin.enableHost("builder")
    assert assigned(sandbox) == [task]


def test_refusals(sandbox: Sandbox) -> None:
    task = sandbox.task()
    assert assigned(sandbox) == [task]
    sandbox.builder.session.host.refuseTask(task, soft=False, msg="no loop devices")
    assert sandbox.admin.getTaskInfo(task)["state"] == koji.TASK_STATES["FREE"]
    assert assigned(sandbox) == []
    [refusal] = sandbox.admin.scheduler.getTaskRefusals([["task_id", task]])
    assert (refusal["host_name"], refusal["msg"]) == ("builder", "no loop devices")
    assert sandbox.admin.scheduler.getTaskRefusals([["task_id", "=", task + 1]]) == []
    with pytest.raises(koji.ParameterError, match="Invalid field"):
        sandbox.admin.scheduler.getTaskRefusals([["taskID", task]])


def change(sandbox: Sandbox, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(sandbox.state.database)) as database:
        database.execute(sql)
        database.commit()


def test_a_soft_refusal_is_forgotten(sandbox: Sandbox) -> None:
    task = sandbox.task()
    assert assigned(sandbox) == [task]
    sandbox.builder.session.host.refuseTask(task)
    assert assigned(sandbox) == []
    change(sandbox, "UPDATE task_refusals SET ts = ts - 1000")
    assert assigned(sandbox) == [task]


def test_a_refused_task_goes_to_another_builder(sandbox: Sandbox) -> None:
    sandbox.admin.addHost("releng2", ["x86_64"])
    task = sandbox.task()
    assert assigned(sandbox) == [task]
    sandbox.builder.session.host.refuseTask(task, soft=False)
    change(sandbox, "UPDATE host SET ready = 1, update_ts = 1e12 WHERE name = 'releng2'")
    assert assigned(sandbox) == []
    other = sandbox.admin.getHost("releng2")["id"]
    assert sandbox.admin.getTaskInfo(task)["host_id"] == other
    assert sandbox.builder.session.host.openTask(task) is None


def test_the_tasks_of_a_silent_builder_are_freed(sandbox: Sandbox) -> None:
    sandbox.admin.addHost("releng2", ["x86_64"])
    task = sandbox.open_task()
    change(sandbox, "UPDATE task SET host_id = (SELECT id FROM host WHERE name = 'releng2')")
    change(sandbox, "UPDATE host SET update_ts = 1 WHERE name = 'releng2'")
    assert assigned(sandbox) == [task]

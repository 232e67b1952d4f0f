"""Whose processes and devices are swept: those of tasks that have ended, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.adapters import sweep

from .devices import is_attached, mounted
from .koji_side import Session
from .settlers import settled

if TYPE_CHECKING:
    from pathlib import Path

    from .devices import Attach


#: The task that asks.
OTHER = 3


@dataclass
class Hub:
    """Build roots by id, each of one task; task 9 is that of a build root whose task is gone."""

    roots: dict[int, int | None] = field(default_factory=lambda: {11: 1, 12: 2, 13: None, 19: 9})
    states: dict[int, str] = field(default_factory=lambda: {1: "OPEN", 2: "CANCELED"})

    def get_buildroot(self, number: int) -> dict[str, object] | None:
        if number not in self.roots:
            return None
        return {"id": number, "task_id": self.roots[number]}

    def get_task_info(self, number: int) -> dict[str, object] | None:
        if number not in self.states:
            return None
        return {"id": number, "state": koji.TASK_STATES[self.states[number]]}


def root(mockdir: Path, name: str) -> Path:
    return mockdir / name / "root" / "builddir" / "image-build" / "disk.img"


def test_devices_of_an_ended_task_are_released(tmp_path: Path, attach: Attach) -> None:
    ended = attach(root(tmp_path, "f44-build-12-7"))
    running = attach(root(tmp_path, "f44-build-11-7"))

    assert sweep.of_ended_tasks(Session(Hub()), str(tmp_path), OTHER) == (ended,)
    assert is_attached(running)


def test_devices_of_an_earlier_run_are_released(tmp_path: Path, attach: Attach) -> None:
    device = attach(root(tmp_path, "f44-build-11-7"))

    assert sweep.of_ended_tasks(Session(Hub()), str(tmp_path), 1) == (device,)


@pytest.mark.parametrize("state", ["CLOSED", "CANCELED", "FAILED", "FREE", "ASSIGNED"])
def test_a_task_that_is_not_open_uses_no_device(tmp_path: Path, attach: Attach, state: str) -> None:
    device = attach(root(tmp_path, "f44-build-12-7"))

    assert sweep.of_ended_tasks(Session(Hub(states={2: state})), str(tmp_path), OTHER) == (device,)


@pytest.mark.parametrize(
    "name",
    ["f44-build-13-7", "f44-build-99-7", "f44-build-19-7", "somebodys-root", "f44-build-12-x"],
    ids=["no task", "not on this hub", "task gone", "not kojid's", "not kojid's name"],
)
def test_what_the_hub_cannot_tell_is_left_alone(tmp_path: Path, attach: Attach, name: str) -> None:
    device = attach(root(tmp_path, name))

    assert sweep.of_ended_tasks(Session(Hub()), str(tmp_path), OTHER) == ()
    assert is_attached(device)


def test_outside_build_roots_nothing_is_asked(tmp_path: Path, attach: Attach) -> None:
    attach(tmp_path / "beside" / "f44-build-12-7" / "disk.img")
    attach(tmp_path / "mock" / "f44-build-12-7")
    session = Session(Hub())

    assert sweep.of_ended_tasks(session, str(tmp_path / "mock"), OTHER) == ()
    assert session.calls == []


def test_the_hub_is_asked_once_a_build_root(tmp_path: Path, attach: Attach) -> None:
    both = {
        attach(root(tmp_path, "f44-build-12-7")),
        attach(root(tmp_path, "f44-build-12-7").with_name("another.img")),
    }
    session = Session(Hub())

    assert set(sweep.of_ended_tasks(session, str(tmp_path), OTHER)) == both
    assert session.calls == ["getBuildroot", "getTaskInfo"]


@pytest.mark.usefixtures("as_root")
def test_processes_of_an_ended_task_end(tmp_path: Path) -> None:
    ended, running = (tmp_path / name / "root" for name in ("f44-build-12-7", "f44-build-11-7"))
    with settled(ended) as process, settled(running) as another:
        found = sweep.of_ended_tasks(Session(Hub()), str(tmp_path), OTHER)

        assert found == (f"process {process.pid}",)
        assert another.poll() is None


def test_a_folder_of_build_roots_that_is_a_mount(tmp_path: Path, attach: Attach) -> None:
    with mounted("none", tmp_path / "mock", "tmpfs") as mockdir:
        device = attach(root(mockdir, "f44-build-12-7"))

        assert sweep.of_ended_tasks(Session(Hub()), str(mockdir), OTHER) == (device,)


def test_devices_of_a_removed_build_root_are_released(tmp_path: Path, attach: Attach) -> None:
    removed, kept, foreign = (
        root(tmp_path, "f44-build-11-7"),
        root(tmp_path, "f44-build-12-7"),
        tmp_path / "vm" / "disk.img",
    )
    devices = [attach(path) for path in (removed, kept, foreign)]
    removed.unlink()
    foreign.unlink()

    released = sweep.of_removed_roots()

    assert devices[0] in released
    assert [is_attached(device) for device in devices] == [False, True, True]

"""The desk of a kojid task, and its end with kojid's."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from koji_imagebuild.adapters.kojid_task import TaskDesk

from .koji_side import running

TOP = Path(__file__).resolve().parents[3]

# kojid forks a task, makes it a process group of its own (koji/daemon.py, forkTask) and waits.
_KOJID = """
import os, signal, subprocess, sys, time
from pathlib import Path
from koji_imagebuild.adapters.kojid_task import end_with_kojid

top = Path(sys.argv[1])

def note(name, text):
    (top / (name + ".new")).write_text(str(text))
    (top / (name + ".new")).rename(top / name)

def task():
    os.setpgrp()
    end_with_kojid()
    tool = subprocess.Popen(["sleep", "60"])
    note("tool", tool.pid)
    note("task", os.getpid())
    try:
        tool.wait()
        while True:
            time.sleep(1)
    finally:
        note("cleaned", "up")

if os.fork() == 0:
    try:
        task()
    finally:
        os._exit(3)
note("kojid", os.getpid())
time.sleep(60)
"""


def await_file(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.01)
    return path.read_text()


def await_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split(maxsplit=1)[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        assert time.monotonic() < deadline, f"{pid} lives on"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_ends_with_kojid_and_takes_its_tool_along(tmp_path: Path, number: int) -> None:
    kojid = subprocess.Popen(
        [sys.executable, "-c", _KOJID, tmp_path],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        stderr=subprocess.DEVNULL,
    )
    task, tool = (int(await_file(tmp_path / name)) for name in ("task", "tool"))
    assert os.getpgid(tool) == task

    kojid.send_signal(number)
    kojid.wait(10)

    await_end(task)
    await_end(tool)
    assert await_file(tmp_path / "cleaned") == "up"


def test_a_task_whose_kojid_is_gone_already_does_not_start(tmp_path: Path) -> None:
    """Between fork and prctl nobody would tell it."""
    script = """
import ctypes, os, sys
from koji_imagebuild.adapters import kojid_task
parents = iter((os.getppid(), 1))
os.getppid = lambda: next(parents)
kojid_task.end_with_kojid()
print("started")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (1, "")


@pytest.fixture
def task(tmp_path: Path) -> Any:
    return running(object(), tmp_path / "workdir")


def test_files_lie_in_the_tasks_folder_on_the_hub(task: Any) -> None:
    desk = TaskDesk(task)
    (desk.workdir / "long-name.log").write_text("text")

    desk.upload(desk.workdir / "long-name.log", "20-prepare.log")

    assert desk.task_id == 42
    assert task.session.uploads == {"tasks/42/42/20-prepare.log": b"text"}


def test_a_line_names_its_task(task: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        TaskDesk(task).say("100% of nothing")

    assert caplog.messages == ["task 42: 100% of nothing"]

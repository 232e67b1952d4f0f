"""``koji image-build-local`` as people and programs see it."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import ioctl
from pty import openpty
from termios import TIOCSWINSZ
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.model.json_schema import Schema

from .described import SHELL, tiny
from .under_test import json_of, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .image import Image
    from .under_test import Koji, Ran

COLUMNS = 90
_COLOUR = re.compile(r"\x1b\[\d*m")
_CLEAR_LINE = "\r\x1b[2K"


@pytest.fixture(scope="module")
def what(koji: Koji, descriptions: str) -> tuple[str, ...]:
    return ("image-build-local", "kiwi", koji.target, descriptions, "tiny/tiny.kiwi")


@dataclass(frozen=True)
class Terminal:
    """A koji command that believes it talks to a person."""

    process: subprocess.Popen[bytes]
    device: int

    def type(self, text: str) -> None:
        os.write(self.device, text.encode())

    def read(self, until: str = "") -> str:
        """What it writes up to some words, or to its end."""
        text = ""
        while not until or until not in text:
            try:
                part = os.read(self.device, 65536)
            except OSError:
                break
            text += part.decode()
        return text


@contextmanager
def terminal(koji: Koji, *words: str) -> Iterator[Terminal]:
    ours, its = openpty()
    ioctl(its, TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    with subprocess.Popen(
        # koji waits only for what runs in the foreground of a terminal of its own.
        ["setsid", "--ctty", *koji.command(*words)],
        env={**os.environ, **koji.environment, "TERM": "xterm"},
        stdin=its,
        stdout=its,
        stderr=its,
    ) as process:
        os.close(its)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def test_on_a_terminal_the_tree_is_drawn_in_place(koji: Koji, what: tuple[str, ...]) -> None:
    with terminal(koji, *what, "--scratch") as shown:
        text = shown.read()
        assert shown.process.wait() == 0
    first, _, drawn = text.partition(_CLEAR_LINE)
    task = task_of(first.replace("\r", ""))
    lines = [_COLOUR.sub("", line).rstrip() for line in drawn.replace("\r", "").split("\n")]
    assert all(len(line.rpartition("\x1b[2K")[2]) < COLUMNS for line in lines if "\x1b[2K" in line)
    # Up to the picture's first line, then over it.
    assert "\x1b[2A" in drawn
    steps = [line for line in lines if f"{koji.arch}  " in line]
    assert any(re.search(r"  \d:\d\d  (install|create|preparing)", line) for line in steps)
    assert re.search(r"  \d:\d\d  done +1 image, \d+\.\d kB$", steps[-1])
    assert "\x1b[32mdone" in drawn
    assert "Built tiny-1.0-" in drawn
    assert koji.session().getTaskInfo(task)["state"] == 2


def test_ctrl_c_leaves_the_task_running(koji: Koji, what: tuple[str, ...]) -> None:
    with terminal(koji, *what, "--scratch") as shown:
        task = task_of(shown.read(until="createKiwiImage").replace("\r", ""))
        shown.type("\x03")
        said = shown.read().replace("\r", "")
        assert shown.process.wait() == 130
    assert f"Task {task} goes on. Watch it with 'koji -p " in said
    assert f"watch-task {task}', end it with 'koji -p " in said
    assert "Traceback" not in said
    assert koji.session().getTaskInfo(task)["state"] == 1
    koji.run("cancel", str(task))


def test_elsewhere_every_event_is_a_line(minidist: Mapping[str, Image]) -> None:
    """With --json they are on standard error; all that stands there are such lines."""
    disk = minidist["Disk"]
    progress, _, report = disk.ran.err.partition("\n\n")
    first, address, *lines = progress.splitlines()
    assert first == f"Created task: {disk.task}"
    assert re.fullmatch(rf"Task info: https?://\S+/taskinfo\?taskID={disk.task}", address)
    assert all(re.match(r"\d\d:\d\d:\d\d \S", line) for line in lines)
    assert "\x1b" not in disk.ran.err
    events = [line[9:] for line in lines]
    assert f"{disk.koji.arch}  {disk.child} createKiwiImage  install packages" in events
    assert re.fullmatch(rf"{disk.task} imageBuildLocal  done after \d:\d\d", events[-1])
    assert report.startswith(f"Built {disk.nvr}, tagged into {disk.koji.dest_tag}\n")
    image = disk.files[disk.one(".qcow2")]
    assert re.search(
        rf"^  {image['name']} +\d+\.\d MB  sha256:{image['sha256']}$", report, re.MULTILINE
    )


def test_json_is_one_object_and_nothing_else(minidist: Mapping[str, Image]) -> None:
    disk = minidist["Disk"]
    assert set(json.loads(disk.ran.out)) == {"task", "state", "build", "error", "arches"}
    assert disk.document["build"] == disk.nvr
    assert disk.document["arches"][disk.koji.arch]["state"] == "CLOSED"
    assert minidist["WSL"].document["build"] is None


@pytest.fixture
def submitted(koji: Koji) -> Iterator[list[int]]:
    """Tasks that nobody needs any more when the test ends."""
    tasks: list[int] = []
    yield tasks
    if tasks:
        koji.run("cancel", *map(str, tasks), user="admin")


def test_nowait_submits_only(koji: Koji, what: tuple[str, ...], submitted: list[int]) -> None:
    ran = koji.run(*what, "--nowait", "--scratch")
    submitted.append(task_of(ran.out))
    assert ran.out.splitlines()[0] == f"Created task: {submitted[0]}"
    assert len(ran.out.splitlines()) == 2
    ran = koji.run(*what, "--nowait", "--scratch", "--json")
    document = json_of(ran)
    submitted.append(document["task"])
    assert document == {
        "task": document["task"],
        "state": "FREE",
        "build": None,
        "error": None,
        "arches": {},
    }


def test_what_runs_in_the_background_does_not_wait(
    koji: Koji, what: tuple[str, ...], submitted: list[int]
) -> None:
    """koji's own rule: without a terminal nobody watches, unless --wait says so."""
    said = koji.run(*what, "--scratch").out
    submitted.append(task_of(said))
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize(
    ("option", "user", "priority"),
    [
        ("--background", "releng", 25),
        ("--priority=3", "releng", 23),
        ("--priority=-5", "admin", 15),
    ],
)
def test_priority(
    koji: Koji,
    what: tuple[str, ...],
    submitted: list[int],
    option: str,
    user: str,
    priority: int,
) -> None:
    ran = koji.run(*what, "--nowait", "--scratch", option, user=user)
    submitted.append(task_of(ran.out))
    assert koji.session().getTaskInfo(submitted[0])["priority"] == priority


def test_only_admins_go_before_everybody_else(koji: Koji, what: tuple[str, ...]) -> None:
    refused = koji.run(*what, "--nowait", "--scratch", "--priority=-5", status=1)
    assert refused.err.startswith("error: ")
    assert "admin" in refused.err


def test_options_from_a_file(
    koji: Koji, what: tuple[str, ...], submitted: list[int], tmp_path: Path
) -> None:
    """What is typed wins."""
    file = tmp_path / "options.conf"
    file.write_text(
        "scratch = yes\nnowait = yes\nversion = 3.0\nrelease = 7\n"
        "[kiwi]\ntype = tbz\ntype-attr =\n  fsmountoptions=a=b\n  devicepersistency=by-label\n"
    )
    ran = koji.run(*what, f"--config={file}", "--release=8")
    submitted.append(task_of(ran.out))
    opts = koji.session().getTaskRequest(submitted[0])[-1]
    assert {key: opts[key] for key in ("scratch", "version", "release", "type", "type_attr")} == {
        "scratch": True,
        "version": "3.0",
        "release": "8",
        "type": "tbz",
        "type_attr": ["fsmountoptions=a=b", "devicepersistency=by-label"],
    }


@pytest.fixture(scope="module")
def failed(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A description whose script fails."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "tiny.kiwi").write_text(tiny(packages=SHELL))
    script = folder / "config.sh"
    script.write_text("#!/bin/bash\necho the reason is this >&2\nexit 7\n")
    script.chmod(0o755)
    words = ("--scratch", "--wait", "--json", koji.target, str(folder))
    return koji.run("image-build-local", "kiwi", *words, status=1)


def test_a_failure_says_arch_step_lines_and_log(koji: Koji, failed: Ran) -> None:
    document = json_of(failed)
    arch = document["arches"][koji.arch]
    assert (document["state"], arch["state"]) == ("FAILED", "FAILED")
    report = failed.err.partition("\n\n")[2]
    assert re.match(rf"{koji.arch}  {arch['task']} createKiwiImage  failed after \d:\d\d\n", report)
    assert "  Failed in 'run config.sh'\n" in report
    assert "    the reason is this\n" in report
    (address,) = re.findall(r"^  log: (\S+)$", report, re.MULTILINE)
    assert "the reason is this" in koji.download(address.partition("/kojifiles")[2]).decode()
    assert (
        report.rstrip().splitlines()[-1].startswith(f"{document['task']} kiwi build of tiny-1.0-")
    )
    assert "Traceback" not in failed.text


def test_a_script_that_fails_is_not_tried_again(koji: Koji, failed: Ran) -> None:
    child = json_of(failed)["arches"][koji.arch]["task"]
    assert len(koji.session().listBuildroots(taskID=child)) == 1


def test_an_arch_that_failed_leaves_its_document_and_traces(koji: Koji, failed: Ran) -> None:
    document = json_of(failed)
    session = koji.session()
    child = document["arches"][koji.arch]["task"]
    output: Any = session.listTaskOutput(child)
    (name,) = [name for name in output if name.endswith(".image-build.json")]
    kept = json.loads(session.downloadTaskOutput(child, name))
    assert kept["failure"] == document["arches"][koji.arch]["error"]
    (record,) = kept["files"]
    assert record["name"].endswith(f".{koji.arch}.kiwi.xml")
    assert Schema.of_the_documents("arch_document").problems(kept) == []
    assert {"image-dnf.log", "machine.log", "20-kiwi-prepare.log"} <= set(output)
    summary = session.downloadTaskOutput(document["task"], "summary.log").decode()
    assert "FAILED   Failed in 'run config.sh'" in summary

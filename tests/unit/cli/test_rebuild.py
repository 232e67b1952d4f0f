"""``koji image-rebuild-local``: the plan, the task, and what both say."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import koji
import pytest

from koji_imagebuild.cli import command, rebuild_arguments, rebuild_command
from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.hub import Ending, TaskState
from koji_imagebuild.cli.watch.json_report import document
from koji_imagebuild.cli.watch.state import Row, Snapshot
from koji_imagebuild.model.metadata import PLUGIN
from koji_imagebuild.pipeline.rebuild.plan import Again, Plan, Reuse

from .fakes import DISK, START, Session, arch_task, parent, result
from .test_command import CHILD, PARENT, URL, goptions

ORIGIN = {
    **PARENT,
    "parent": None,
    "state": koji.TASK_STATES["FAILED"],
    "request": [
        *("minidist", ["x86_64", "aarch64"], "kiwi", {"url": URL, "path": "a.kiwi"}),
        {"scratch": False},
    ],
}
TARGET = {"name": "minidist", "build_tag_name": "minidist-build", "dest_tag_name": "c"}
KEPT = {
    **CHILD,
    "label": "x86_64",
    "request": [*CHILD["request"][:4], TARGET, *CHILD["request"][5:]],
}
MADE = replace(result(42, "x86_64"), plugin=PLUGIN)
BUILD = {
    "build_id": 9,
    "task_id": 41,
    "state": koji.BUILD_STATES["FAILED"],
    "name": DISK.name,
    "version": DISK.version,
    "release": DISK.release,
}


PLAN = Plan(41, DISK, "", DISK.release, {"x86_64": Reuse(MADE), "aarch64": Again("failed")})


def row(task_id: int, arch: str) -> Row:
    """A task of the rebuild that succeeded."""
    return Row(arch_task(task_id, arch, TaskState.CLOSED), ending=Ending(result(task_id, arch)))


def for_programs(task_id: int, arch: str) -> dict[str, Any]:
    sums = result(task_id, arch).sums
    files = [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in sums]
    return {"task": task_id, "state": "CLOSED", "files": files, "error": None}


KEPT_FOR_PROGRAMS = {**for_programs(42, "x86_64"), "reused": True}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(rebuild_command, "activate_session", lambda session, _: session.hello())
    monkeypatch.setattr(command, "_running_in_bg", lambda: True)
    return Session(
        hello=None,
        imageRebuildLocal=57,
        getTaskInfo=ORIGIN,
        getTaskChildren=[KEPT],
        getTaskResult=MADE.to_wire(),
        listTaskOutput=list(MADE.files),
        listBuilds=[BUILD],
        getBuild=BUILD,
    )


def run(session: Session, *words: str) -> int:
    return rebuild_command.image_rebuild_local(goptions(), session, list(words))


def test_the_plan_comes_before_the_task(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session, "41") == 0
    assert capsys.readouterr().out == (
        "minidist-Disk-1.0.0-3 (task 41, FAILED): the release can stay\n"
        "  x86_64   reuse task 42      1 image, 31.6 MB\n"
        "  aarch64  build again        was not built\n"
        "Created task: 57\n"
        "Task info: https://h/koji/taskinfo?taskID=57\n"
    )
    assert session.calls[-1] == ("imageRebuildLocal", (41, [], {}), {"priority": None})


def test_a_build_that_is_complete(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    session.answers["getBuild"] = {**BUILD, "state": koji.BUILD_STATES["COMPLETE"]}
    words = ("minidist-Disk-1.0.0-3", "--fresh-repo", "--priority=5", "--skip-tag")
    assert run(session, *words) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"{DISK} (task 41, FAILED): all is built anew: {DISK} is COMPLETE",
        "  x86_64   build again",
        "  aarch64  build again        was not built",
    ]
    asked = (41, [], {"skip_tag": True, "fresh_repo": True})
    assert session.calls[-1] == ("imageRebuildLocal", asked, {"priority": 5})


def test_programs_are_told_what_is_reused(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(session, "41", "--json") == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["rebuild"] == {"task": 41, "reused": {"x86_64": 42}}
    assert told["arches"] == {"x86_64": KEPT_FOR_PROGRAMS}
    assert "reuse task 42" in shown.err


def test_programs_find_every_arch_in_one_place() -> None:
    seen = Snapshot(START, Row(parent(TaskState.CLOSED)), (row(58, "aarch64"),))

    told = document(57, seen, PLAN)

    assert told["rebuild"] == {"task": 41, "reused": {"x86_64": 42}}
    built = {**for_programs(58, "aarch64"), "reused": False}
    assert told["arches"] == {"x86_64": KEPT_FOR_PROGRAMS, "aarch64": built}


def test_an_arch_that_was_to_be_reused_and_is_built_again() -> None:
    seen = Snapshot(START, Row(parent(TaskState.CLOSED)), (row(58, "aarch64"), row(59, "x86_64")))

    told = document(57, seen, PLAN)

    assert told["rebuild"] == {"task": 41, "reused": {}}
    built = {**for_programs(59, "x86_64"), "reused": False}
    assert told["arches"]["x86_64"] == built  # type: ignore[index]


@pytest.mark.parametrize(
    ("changes", "words", "says"),
    [
        ({"getTaskInfo": None}, ("40",), "There is no task 40"),
        ({"getBuild": None}, ("a-1-2",), "There is no build a-1-2"),
        ({}, ("41", "--arch=s390x"), "Task 41 is not for s390x; it is for x86_64 aarch64"),
        ({}, ("41", "--arch=x/y"), "error: --arch: 'x/y' is not an architecture"),
        ({}, ("41", "--release=1-1"), "error: --release: '1-1' holds a hyphen"),
        ({}, ("41", "--fresh-repo", "--event=3"), "--fresh-repo and a repository"),
        ({}, ("41", "--all", "--arch=x86_64"), "argument --arch: not allowed with argument --all"),
        ({}, ("41", "--profile=Disk"), "unrecognized arguments: --profile=Disk"),
        ({}, (), "the following arguments are required: TASK|N-V-R"),
        (
            {"getTaskInfo": {**ORIGIN, "state": koji.TASK_STATES["OPEN"]}},
            ("41",),
            "Task 41 is still OPEN",
        ),
        (
            {"getTaskInfo": {**ORIGIN, "method": "buildArch"}},
            ("41",),
            "Task 41 (buildArch) is no image build of this plugin",
        ),
    ],
)
def test_what_is_refused_without_a_task(
    session: Session,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: tuple[str, ...],
    says: str,
) -> None:
    session.answers.update(changes)
    assert run(session, *words) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""
    assert "imageRebuildLocal" not in [name for name, _, _ in session.calls]


def test_several_arches_in_a_word() -> None:
    found = rebuild_arguments.parse(["--arch", "x86_64,aarch64", "--arch=s390x", "41"])
    assert found.arches == ("x86_64", "aarch64", "s390x")
    assert found.opts == {}
    with pytest.raises(ArgumentsError):
        rebuild_arguments.parse(["41", "42"])

"""What a failure is: the classification, case by case."""

from __future__ import annotations

import errno
from pathlib import Path

import koji
import pytest
import requests

from koji_imagebuild.errors import (
    DescriptionError,
    Failed,
    Infrastructure,
    TimedOut,
    Told,
    ToolFailed,
)
from koji_imagebuild.pipeline import trouble
from koji_imagebuild.pipeline.ports import Ran
from koji_imagebuild.tools.base import Command
from koji_imagebuild.tools.diagnosis import Cause, Diagnosis

PLENTY, LITTLE = 50 << 30, 1 << 20
COMMAND = Command("create disk image", ("kiwi-ng",), "30-create.log")
LINES = ("the decisive line",)


def classified(
    status: int = 1,
    signal: int = 0,
    cause: Cause = Cause.UNKNOWN,
    free: int = PLENTY,
    took: float = 5,
) -> Told:
    ran = Ran(status, signal, Path("30-create.log"), took)
    return trouble.of_command(COMMAND, ran, Diagnosis(cause, "", LINES), free, 60)


@pytest.mark.parametrize(
    ("told", "kind", "what"),
    [
        (classified(), ToolFailed, "Failed in 'create disk image'"),
        (classified(cause=Cause.DESCRIPTION), ToolFailed, "Failed in 'create disk image'"),
        (classified(cause=Cause.PACKAGES), ToolFailed, "Failed in 'create disk image'"),
        (classified(cause=Cause.SCRIPT), ToolFailed, "Failed in 'create disk image'"),
        (classified(cause=Cause.DOWNLOAD), Infrastructure, "Failed in 'create disk image'"),
        (classified(cause=Cause.NO_LOOP_DEVICE), Infrastructure, "Failed in 'create disk image'"),
        (classified(cause=Cause.NO_SPACE), ToolFailed, "Failed in 'create disk image'"),
        (
            classified(cause=Cause.NO_SPACE, free=LITTLE),
            Infrastructure,
            "The builder's disk is full in 'create disk image': 1 MiB are left for build roots",
        ),
        (classified(124), TimedOut, "Timed out in 'create disk image' after 1:00"),
        (classified(137, took=60), TimedOut, "Timed out in 'create disk image' after 1:00"),
        (classified(137), ToolFailed, "Killed in 'create disk image' after 0:05"),
        (
            classified(124, cause=Cause.DOWNLOAD),
            TimedOut,
            "Timed out in 'create disk image' after 1:00",
        ),
        (
            classified(137, signal=9),
            Infrastructure,
            "mock was ended by signal 9 in 'create disk image'",
        ),
    ],
)
def test_commands(told: Told, kind: type[Told], what: str) -> None:
    assert type(told) is kind
    assert told.what == what


def test_the_decisive_lines_and_the_log_are_passed_on() -> None:
    told = classified()

    assert told.lines == LINES
    assert told.log == "30-create.log"


def test_the_tools_own_step_is_better_than_ours() -> None:
    diagnosis = Diagnosis(Cause.UNKNOWN, "install bootloader", LINES)
    ran = Ran(1, 0, Path("x"), 0)

    assert "'install bootloader'" in trouble.of_command(COMMAND, ran, diagnosis, 1, 1).what


def test_a_full_image_says_what_to_change() -> None:
    assert "larger <size>" in classified(cause=Cause.NO_SPACE).repair


FULL_FILE = OSError(errno.ENOSPC, "No space left on device", "/var/lib/mock/x")


@pytest.mark.parametrize(
    ("problem", "kind", "words"),
    [
        (FULL_FILE, Infrastructure, "The builder's disk is full ([Errno 28] No space"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Infrastructure, "quota exceeded): 1 MiB"),
        (OSError(errno.EIO, "Input/output error", "/x"), Infrastructure, "Input/output error"),
        (ConnectionResetError("reset"), Infrastructure, "The builder failed: ConnectionResetError"),
        (TimeoutError("late"), Infrastructure, "The builder failed: TimeoutError: late"),
        (requests.ConnectionError("gone"), Infrastructure, "The builder failed: ConnectionError"),
        (requests.Timeout("late"), Infrastructure, "The builder failed: Timeout: late"),
        (koji.ServerOffline("database outage"), Infrastructure, "The hub is offline: database"),
        (FileNotFoundError(2, "No such file", "/x"), Failed, "FileNotFoundError: [Errno 2]"),
        (PermissionError(13, "Permission denied", "/x"), Failed, "PermissionError: [Errno 13]"),
        (koji.GenericError("no such tag"), Failed, "no such tag"),
        (koji.BuildError("in its own words"), Failed, "in its own words"),
    ],
)
def test_exceptions(problem: Exception, kind: type[Told], words: str) -> None:
    told = trouble.explain(problem, LITTLE)

    assert type(told) is kind
    assert words in told.what
    assert "None" not in told.what


def test_what_explains_itself_is_left_alone() -> None:
    problem = DescriptionError("image.kiwi line 3: no")

    assert trouble.explain(problem, PLENTY) is problem


def test_mistakes_of_ours_are_not_expected() -> None:
    for mistake in (TypeError("x"), KeyError("x"), AssertionError("x")):
        assert not isinstance(mistake, trouble.EXPECTED)

"""Every way an arch can fail: what is said, what is kept, and that the build root is given up."""

from __future__ import annotations

import errno
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.errors import (
    DescriptionError,
    Infrastructure,
    OutputRefused,
    PreflightError,
    TimedOut,
    ToolFailed,
)
from koji_imagebuild.pipeline import retry

from .builder_side import Happening, Script
from .fake_tool import STEPS, FakePlan, FakeTool
from .one_arch import Arch

if TYPE_CHECKING:
    from .world import World


@pytest.mark.parametrize("step", STEPS)
def test_the_tool_fails_in_any_step(world: World, step: str) -> None:
    arch = Arch(world, Script(steps={step: Happening(1, log="one\nnothing provides libfoo\n")}))

    failure = arch.fails(retries=2)

    assert isinstance(failure, ToolFailed)
    assert failure.what == f"Failed in {step!r}"
    assert failure.lines == ("nothing provides libfoo",)
    assert failure.log in arch.uploaded
    assert arch.released == [1]


def test_a_tool_that_was_killed_did_not_run_out_of_time(world: World) -> None:
    killed = Happening(137, log="Killed\n", seconds=48)

    failure = Arch(world, Script(steps={"create image": killed})).fails()

    assert not isinstance(failure, TimedOut)
    assert failure.what == "Killed in 'create image' after 0:48"
    assert "memory" in failure.repair


def test_a_tool_that_ignored_the_end_of_its_time_ran_out_of_what_was_left(world: World) -> None:
    slow = {
        "install packages": Happening(seconds=3000),
        "create image": Happening(137, seconds=660),
    }

    failure = Arch(world, Script(steps=slow)).fails()

    assert isinstance(failure, TimedOut)
    assert re.match(r"Timed out in 'create image' after (10:00|9:5\d)$", failure.what)


def test_a_time_limit(world: World) -> None:
    arch = Arch(world, Script(steps={"create image": Happening(124, log="still at it\n")}))

    failure = arch.fails(retries=2)

    assert isinstance(failure, TimedOut)
    assert re.match(r"Timed out in 'create image' after (1:00:00|59:5\d)$", failure.what)
    assert "arch_timeout" in failure.repair
    assert arch.released == [1]


def test_status_zero_without_a_result_is_no_success(world: World) -> None:
    failure = Arch(world, Script(silent=True)).fails()

    assert isinstance(failure, OutputRefused)
    assert failure.what == "fake says nothing about what it made"


def test_no_image_at_all(world: World) -> None:
    assert "it made no image" in Arch(world, Script(made=())).fails().what


def test_a_file_type_the_hub_does_not_know(world: World) -> None:
    failure = Arch(world, Script(made=("demo.x86_64.strange",))).fails()

    assert isinstance(failure, OutputRefused)
    assert "file type of demo.x86_64.strange" in failure.what
    assert Arch(world, Script(made=("demo.x86_64.strange",)), scratch=True).run().images == 1


def test_the_build_root_has_no_tool(world: World) -> None:
    failure = Arch(world, Script(tool="no_tool=sh: 34: fake: not found")).fails()

    assert isinstance(failure, PreflightError)
    assert "fake-build" in failure.repair


def test_loop_devices_are_missed_only_by_those_who_need_them(world: World) -> None:
    blind = Script(loop="/dev/loop0p1 does not appear")
    assert Arch(world, blind).run().images == 1

    world.sources.commit(disk=True)
    failure = Arch(world, blind).fails()
    assert isinstance(failure, PreflightError)
    assert failure.repair.endswith("koji edit-tag -x mock.new_chroot=0 demo-build")


def test_a_description_that_cannot_be_read(world: World) -> None:
    class Crooked(FakeTool):
        def prepare(self, *_arguments: object) -> FakePlan:
            raise DescriptionError("image.json: no JSON")

    arch = Arch(world)
    site = world.site(arch.task, arch.roots)
    job = arch.job

    with pytest.raises(DescriptionError):
        retry.build(replace(job, tool=Crooked(job.tool.location)), site, 2)

    assert arch.released == [1]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(fill=koji.BuildError("group not found")), koji.BuildError),
        (Script(fill=KeyboardInterrupt()), KeyboardInterrupt),
        (Script(fill=TypeError("a mistake of ours")), TypeError),
        (Script(steps={"create image": Happening(raises=KeyboardInterrupt())}), KeyboardInterrupt),
        (Script(steps={"create image": Happening(raises=SystemExit(1))}), SystemExit),
        (Script(steps={"create image": Happening(raises=OSError(5, "I/O"))}), Infrastructure),
        (Script(steps={"create image": Happening(signal=9)}), Infrastructure),
        (Script(steps={"look into the build root": Happening(1, log="")}), Infrastructure),
    ],
)
def test_the_build_root_is_released_in_every_ending(
    world: World, script: Script, expected: type[BaseException]
) -> None:
    arch = Arch(world, script)

    with pytest.raises(expected):
        arch.run()

    assert arch.released == [1]


def test_a_root_that_cannot_be_opened_needs_no_release(world: World) -> None:
    arch = Arch(world, Script(opened=Infrastructure("no space")))

    arch.fails(retries=2)

    assert arch.released == []


def test_evidence_is_kept_of_a_failure_only(world: World) -> None:
    arch = Arch(world)
    arch.run()
    assert "df.log" not in arch.uploaded

    broken = Arch(world, Script(silent=True))
    broken.fails()
    assert "df.log" in broken.uploaded


@pytest.mark.parametrize(
    "problem",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        koji.GenericError("the hub is away"),
        ValueError("df prints what nobody expected"),
    ],
)
def test_evidence_that_cannot_be_kept_does_not_hide_the_failure(
    world: World, problem: Exception
) -> None:
    arch = Arch(world, Script(silent=True))
    arch.evidence = problem

    assert arch.fails().what == "fake says nothing about what it made"

    assert world.desks[-1].said[-1] == f"Could not keep the evidence of a failure: {problem}"
    assert arch.released == [1]

"""What a failure is: the user's, the image's, or the builder's and worth another try."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import koji
import requests

from koji_imagebuild.errors import Failed, Infrastructure, TimedOut, Told, ToolFailed
from koji_imagebuild.pipeline.journal import duration
from koji_imagebuild.tools.diagnosis import Cause, Diagnosis

if TYPE_CHECKING:
    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.model.target import Target
    from koji_imagebuild.pipeline.ports import Ran
    from koji_imagebuild.tools.base import Command

#: Less free space than this and "No space left on device" is about the builder, in bytes.
FULL = 64 << 20

#: What a flow turns into a sentence. Anything else is a mistake of ours and keeps its traceback.
EXPECTED = (koji.GenericError, OSError)

_NETWORK = (requests.RequestException, ConnectionError, TimeoutError)
#: coreutils' ``timeout`` ends with 124, and with 137 when it had to kill; so does what the kernel
#: kills for want of memory.
_TIME_OVER, _KILLED = 124, 137


def of_command(
    command: Command, ran: Ran, diagnosis: Diagnosis, free_space: int, seconds: float
) -> Told:
    """The failure of a command in the build root.

    :param free_space: bytes left for the build root
    :param seconds: the time the command was given
    """
    step = diagnosis.step or command.step
    if ran.signal:
        return Infrastructure(f"mock was ended by signal {ran.signal} in {step!r}", log=command.log)
    if ran.status == _TIME_OVER or (ran.status == _KILLED and ran.seconds >= seconds):
        return TimedOut(
            f"Timed out in {step!r} after {duration(seconds)}",
            log=command.log,
            repair="The limit is arch_timeout in the builder's image_build_local.conf",
        )
    if ran.status == _KILLED:
        return ToolFailed(
            f"Killed in {step!r} after {duration(ran.seconds)}",
            lines=diagnosis.lines,
            log=command.log,
            repair="The kernel kills what takes too much memory: the builder's kernel log tells",
        )
    if diagnosis.cause is Cause.NO_SPACE and free_space < FULL:
        return full_disk(f"in {step!r}", free_space, diagnosis.lines)
    if diagnosis.cause in {Cause.DOWNLOAD, Cause.NO_LOOP_DEVICE}:
        return Infrastructure(f"Failed in {step!r}", lines=diagnosis.lines, log=command.log)
    repair = ""
    if diagnosis.cause is Cause.NO_SPACE:
        repair = "The builder has space: the image itself is full. Give it a larger <size>"
    return ToolFailed(f"Failed in {step!r}", lines=diagnosis.lines, log=command.log, repair=repair)


def of_import(nvr: NVR, problem: Exception) -> Failed:
    """The hub's failure to import; it undoes all of it but the moving of files."""
    return Failed(
        f"The hub failed to import {nvr}",
        lines=str(problem).strip().splitlines(),
        repair="Its log tells more. What was built cannot be imported again: build it anew",
    )


def of_tagging(nvr: NVR, target: Target, problem: Exception) -> Failed:
    """A build that is complete and in no tag."""
    return Failed(
        f"{nvr} was built and imported, but not tagged into {target.dest_tag_name}",
        lines=str(problem).strip().splitlines(),
        repair=f"koji tag-build {target.dest_tag_name} {nvr}",
    )


def full_disk(where: str, free_space: int, lines: tuple[str, ...] = ()) -> Infrastructure:
    return Infrastructure(
        f"The builder's disk is full {where}: {free_space >> 20} MiB are left for build roots",
        lines=lines,
        repair="Old build roots lie in mockdir; kojid removes those of failed tasks after hours",
    )


def explain(problem: Exception, free_space: int) -> Told:
    """Any expected failure as one that explains itself."""
    if isinstance(problem, Told):
        return problem
    if isinstance(problem, koji.ServerOffline):
        return Infrastructure(f"The hub is offline: {problem}")
    if isinstance(problem, OSError):
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            return full_disk(f"({problem})", free_space)
        text = f"{type(problem).__name__}: {problem}"
        if problem.errno == errno.EIO or isinstance(problem, _NETWORK):
            return Infrastructure(f"The builder failed: {text}")
        return Failed(text, repair="The builder's kojid.log has the traceback")
    return Failed(str(problem))

"""The one place that starts a process on a builder: fixed words, no shell, its own environment."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}

#: As a shell says it.
NOT_FOUND, TIMED_OUT = 127, 124


@dataclass(frozen=True)
class Done:
    """A process that ended.

    :param output: what it printed, stderr included; only that when the rest went into a file
    """

    status: int
    output: str


def call(
    argv: Sequence[str],
    seconds: float,
    environment: Mapping[str, str] | None = None,
    printed: Path | None = None,
) -> Done:
    """Run a command to its end.

    It runs in a process group of its own, which is killed when its time is over, and when this
    call is interrupted.

    :param printed: a file that gets its standard output, byte for byte
    """
    with ExitStack() as opened:
        separate = None if printed is None else opened.enter_context(printed.open("wb"))
        try:
            running = subprocess.Popen(
                argv,
                env={**_ENVIRONMENT, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=separate or subprocess.PIPE,
                stderr=subprocess.PIPE if separate else subprocess.STDOUT,
                start_new_session=True,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            return Done(NOT_FOUND, f"{argv[0]} is not installed\n")
    return _end_of(running, argv[0], seconds)


def _end_of(running: subprocess.Popen[str], name: str, seconds: float) -> Done:
    with running:
        try:
            streams = running.communicate(timeout=seconds)
        except BaseException as problem:
            # Of the group, the first process may have ended before the others.
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            if not isinstance(problem, subprocess.TimeoutExpired):
                raise
            return Done(TIMED_OUT, f"{name} did not end within {seconds:g} s\n")
    return Done(running.returncode, "".join(stream for stream in streams if stream))

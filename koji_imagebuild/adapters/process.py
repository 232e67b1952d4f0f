"""The one place that starts a process on a builder: fixed words, no shell, its own environment."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def output(argv: Sequence[str], seconds: float) -> str:
    """What a command prints, stderr included; empty when there is no such command.

    It runs in a process group of its own, which is killed when its time is over.
    """
    try:
        running = subprocess.Popen(
            argv,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        return ""
    try:
        return running.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        return f"{argv[0]} did not end within {seconds:g} s\n"
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()

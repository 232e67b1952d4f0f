"""A process whose children and mounts end with it, however it ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.here.runs import ENDINGS
from koji_imagebuild.sandbox.root.namespace import MS_NODEV, MS_NOEXEC, MS_NOSUID, contain, mount

if TYPE_CHECKING:
    from collections.abc import Callable


def run(body: Callable[[], int]) -> int:
    """Run ``body`` in namespaces of its own; what asks this process to end interrupts it, once.

    See :func:`contain`: this process is good for nothing else afterwards.

    :returns: the exit status of ``body``
    :raises PreflightError: where no namespaces can be made
    """
    # nohup wants it to go on without its terminal.
    endings = [number for number in ENDINGS if signal.getsignal(number) != signal.SIG_IGN]
    if signal.SIGHUP in endings:
        # Its terminal was closed; SIGTERM is passed on to who clears up.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))

    def inside() -> int:
        for number in endings:
            signal.signal(number, _interrupt)
        return body()

    try:
        return contain(_mount_proc, inside)
    except PermissionError:
        raise PreflightError(
            "No namespaces can be made here", repair="A container must be privileged"
        ) from None


def _interrupt(*_: object) -> NoReturn:
    """End by clearing up, which nobody interrupts again."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _mount_proc() -> None:
    """Processes are looked for in /proc, by this namespace's ids."""
    mount("proc", Path("/proc"), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)

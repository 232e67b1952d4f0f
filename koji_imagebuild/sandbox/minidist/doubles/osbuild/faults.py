"""Faults on demand: a stage that no real osbuild has, for manifests that are to go wrong.

Its options are ``{"fault": NAME}``; a blueprint that asks the double of image-builder for a fault
gets a manifest with this stage.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .work import StageError, Work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

STAGE = "org.minidist.fault"

#: Due when everything is built: nothing is exported; the last record of the JSON monitor, or the
#: result, is cut in the middle.
EXPORT_MISSING = "export-missing"
MONITOR_CUT = "monitor-cut"
RESULT_CUT = "result-cut"
_FOREVER = 7 * 24 * 3600.0
_DEAF = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep({})"


def run(work: Work) -> None:
    """Do what the option ``fault`` says."""
    name = work.options["fault"]
    if name in (EXPORT_MISSING, MONITOR_CUT, RESULT_CUT):
        work.later.add(name)
        return
    if name not in _FAULTS:
        raise StageError(f"unknown fault {name!r}; known are {', '.join(sorted(_FAULTS))}\n")
    _FAULTS[name](work)


def _stage_fails(work: Work) -> None:
    work.say("preparing to fail\n")
    raise StageError("this stage fails because the build asked for it\n")


def _traceback(_work: Work) -> None:
    raise RuntimeError("osbuild itself fails because the build asked for it")


def _disk_full(_work: Work) -> None:
    raise StageError("OSError: [Errno 28] No space left on device\n")


def _killed(_work: Work) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _slow(work: Work) -> None:
    """For 10 seconds, or as many as the options say."""
    time.sleep(work.options.get("seconds", 10))


def _hang(_work: Work) -> None:
    """Until it is interrupted."""
    time.sleep(_FOREVER)


def _deaf(work: Work) -> None:
    """A child that ignores SIGINT, and osbuild waits for it."""
    words = ("python3", "-c", _DEAF.format(work.options.get("seconds", _FOREVER)))
    with subprocess.Popen(words) as child:
        while True:
            try:
                child.wait()
                break
            except KeyboardInterrupt:
                work.say("interrupted, waiting for the stage\n")


def _leaked_mount(work: Work) -> None:
    """Below the store, as after a SIGTERM."""
    folder = tempfile.mkdtemp(prefix="host", dir=work.tree.parents[2])
    work.run("mount", "-t", "tmpfs", "leaked", folder)


def _leaked_loop(work: Work) -> None:
    """A loop device on a file of a tree that is gone by the end of the run."""
    file = work.tree.with_name("leaked.img")
    file.write_bytes(b"\0" * 1024 * 1024)
    work.run("losetup", "--find", str(file))


def _long_output(work: Work) -> None:
    """More than a record of the JSON monitor may hold."""
    for number in range(4000):
        work.say(f"line {number} of a long output\n")


def _export_empty(work: Work) -> None:
    for path in work.tree.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _export_double(work: Work) -> None:
    (work.tree / "second.img").write_bytes(b"second")


def _export_symlink(work: Work) -> None:
    (path,) = work.tree.iterdir()
    path.unlink()
    path.symlink_to(Path("/etc/passwd"))


_FAULTS: Mapping[str, Callable[[Work], None]] = {
    "stage-fails": _stage_fails,
    "traceback": _traceback,
    "disk-full": _disk_full,
    "killed": _killed,
    "slow": _slow,
    "hang": _hang,
    "deaf": _deaf,
    "leaked-mount": _leaked_mount,
    "leaked-loop": _leaked_loop,
    "long-output": _long_output,
    "export-empty": _export_empty,
    "export-double": _export_double,
    "export-symlink": _export_symlink,
}

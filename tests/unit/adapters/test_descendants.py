"""Nothing below a process survives it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from koji_imagebuild.adapters import descendants

IGNORES = "trap '' INT; sleep 7001 & wait; wait"


@pytest.mark.parametrize(("script", "least"), [("sleep 7000", 0.0), (f'sh -c "{IGNORES}"', 0.3)])
def test_children_and_theirs_end(script: str, least: float) -> None:
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(("sh", "-c", f"{script}; true")):
            time.sleep(0.3)
            begin = time.monotonic()
            descendants.end_all(patience=0.3)
            took = time.monotonic() - begin
            os._exit(0 if least <= took < least + 1 and not _children() else 1)
    assert os.waitpid(child, 0)[1] == 0


def _children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()

"""What a rebuild saves by each arch that it reuses: a build of one arch against a rebuild that
takes it over, reads it once and imports it. No builder is for the second arch: it is canceled.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_rebuild.py [PAIRS]``.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.sandbox.provide import sandbox  # noqa: E402
from tests.sandbox.under_test import task_of  # noqa: E402

if TYPE_CHECKING:
    from tests.sandbox.under_test import Koji

PAIRS = 3
OTHER = "s390x"
ARCHES = 4
DESCRIPTION = "minidist/minidist.kiwi"
GENERIC = ("generic-container", "generic-qcow2")


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(Path(folder)) as koji:
        source = koji.publish(TOP / "kiwi-descriptions", "descriptions")
        koji.run("edit-tag", f"--arches={koji.arch} {OTHER}", koji.build_tag, user="admin")
        cases = {
            profile: ("kiwi", koji.target, source, DESCRIPTION, f"--profile={profile}")
            for profile in ("Container", "Disk")
        }
        for kind in GENERIC:
            raw = (koji.target, "minidist-Raw", "1", kind, "--distro=minidist-1")
            cases[kind] = ("image-builder", *raw)
        print(
            f"{'':20}{'built':>8}{'reused':>8}{f'1 of {ARCHES} again':>15}"
            f"{f'all {ARCHES}':>8}{'ratio':>7}   (median s; the last three: one builder, in turn)"
        )
        for name, words in cases.items():
            _pair(koji, words)  # the first makes the build root
            columns = zip(*(_pair(koji, words) for _ in range(pairs)))
            built, reused = (statistics.median(column) for column in columns)
            again, whole = built + (ARCHES - 1) * reused, ARCHES * built
            ratio = again / whole
            print(
                f"{name:20}{built:8.2f}{reused:8.2f}{again:15.2f}{whole:8.2f}{ratio:7.2f}"
                f"   load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


def _pair(koji: Koji, words: tuple[str, ...]) -> tuple[float, float]:
    """Seconds of an arch that is built, and of the same arch reused with its import."""
    tool, *what = words
    origin = task_of(koji.run("image-build-local", tool, "--nowait", *what).out)
    _cancel_other(koji, origin)
    koji.wait(origin, ("FAILED",))
    built = koji.session().getTaskInfo(koji.child(origin, koji.arch))
    again = ("image-rebuild-local", "--nowait", "--skip-tag", f"--can-fail={OTHER}", str(origin))
    task = task_of(koji.run(*again).out)
    _cancel_other(koji, task)
    rebuilt = koji.wait(task, ("CLOSED",))
    return _seconds(built), _seconds(rebuilt)


def _cancel_other(koji: Koji, task: int) -> None:
    koji.session().cancelTask(koji.child(task, OTHER, 180))
    time.sleep(0.1)


def _seconds(task: dict[str, Any]) -> float:
    return float(task["completion_ts"] - task["start_ts"])


if __name__ == "__main__":
    main()

"""What every ``koji`` command costs more with the command line's plugin installed.

``koji help`` stands for them all: ``koji --help`` ends before Koji loads plugins. Pairs take
turns; processor time is what other work on the machine disturbs least.

Run it with the Python that has koji: ``python tests/bench/bench_cli_startup.py [PAIRS]``.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
KOJI = Path(sys.executable).with_name("koji")
PAIRS = 30


@dataclass(frozen=True)
class Cost:
    """Of one run, in milliseconds."""

    wall: float
    processor: float


def main() -> None:
    """Measure and print a table."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        without = _profile(home, "without", home)
        plugin = _profile(home, "plugin", TOP / "cli_plugin")
        # The first pair only warms the caches.
        runs = [(_run(home, without), _run(home, plugin)) for _ in range(pairs + 1)][1:]
    sys.stdout.write(_table(runs))


def _profile(home: Path, name: str, plugins: Path) -> Path:
    path = home / f"{name}.conf"
    path.write_text(f"[bench]\nserver = http://127.0.0.1:1\nplugin_paths = {plugins}\n")
    return path


def _run(home: Path, profile: Path) -> Cost:
    start, used = time.perf_counter(), _processor()
    subprocess.run(
        [sys.executable, KOJI, "-c", profile, "-p", "bench", "help"],
        env={**os.environ, "PYTHONPATH": str(TOP), "HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return Cost((time.perf_counter() - start) * 1000, (_processor() - used) * 1000)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _table(runs: list[tuple[Cost, Cost]]) -> str:
    rows = {
        "without the plugin": [without for without, _ in runs],
        "with the plugin": [plugin for _, plugin in runs],
        "difference of pairs": [
            Cost(plugin.wall - without.wall, plugin.processor - without.processor)
            for without, plugin in runs
        ],
    }
    lines = [f"{f'koji help, {len(runs)} pairs, median ms':<36}{'wall':>10}{'processor':>12}"]
    for name, costs in rows.items():
        wall = statistics.median(cost.wall for cost in costs)
        processor = statistics.median(cost.processor for cost in costs)
        lines.append(f"  {name:<34}{wall:>10.1f}{processor:>12.1f}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""Koji's own kiwi plugin and ours on one private Koji: the same call, description, repository and
group. They take turns; hub and kojid are restarted with the one or the other in between.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_beside_koji.py [ROUNDS]
[CASE...]``, where a case is PROFILE/TYPE; KOJI_TREE as for tests/koji. ``--defaults`` leaves Koji's
own polling intervals alone.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.bench import timeline  # noqa: E402
from tests.koji.machine import RealMachine  # noqa: E402
from tests.koji.provide import real  # noqa: E402

if TYPE_CHECKING:
    from tests.bench.timeline import Timeline
    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji

ROUNDS = 3
CASES = ("Container/docker", "Container/tbz", "Disk/oem", "Live/iso")
DESCRIPTION = "minidist/minidist.kiwi"
#: Seconds: Koji's own intervals are made for fleets (builder/kojid, kojihub/kojixmlrpc.py).
DEFAULTS = {"kojid": {"sleeptime": "15"}, "hub": {"RunInterval": "60"}}
BASE = "Koji's"
PLUGINS: dict[str, dict[str, dict[str, str]]] = {
    BASE: {
        "kojid": {"pluginpath": "/usr/lib/koji-builder-plugins", "plugins": "kiwi"},
        "hub": {"PluginPath": "/usr/lib/koji-hub-plugins", "Plugins": "kiwi"},
    },
    "ours": {"kojid": {}, "hub": {}},
}


@dataclass(frozen=True)
class Bench:
    """:param intervals: of the daemons' configurations"""

    koji: Koji
    made: Instance
    source: str
    intervals: dict[str, dict[str, str]]

    def run(self, whose: str, case: str) -> Timeline:
        """One build, from the call to the end of its task."""
        self._load(whose)
        profile, image = case.split("/")
        task = self.koji.session().kiwiBuild(
            self.koji.target,
            [self.koji.arch],
            self.source,
            DESCRIPTION,
            profile=profile,
            type=image,
        )
        info = self.koji.wait(task, ("CLOSED", "FAILED", "CANCELED"), timeout=900)
        # A fault is raised here.
        self.koji.session().getTaskResult(task)
        assert info["completion_ts"]
        return timeline.of_task(self.koji, task)

    def _load(self, whose: str) -> None:
        """Restart hub and kojid with a plugin."""
        for name in ("kojid", "hub"):
            self.made.daemons[name].stop()
            self.made.changes[name] = {**self.intervals.get(name, {}), **PLUGINS[whose][name]}
        self.koji.close()
        self.made.start_hub()
        self.made.start_kojid()


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--defaults"]
    rounds = int(words.pop(0)) if words and words[0].isdigit() else ROUNDS
    with real() as koji:
        assert isinstance(koji.machine, RealMachine)
        source = koji.publish(TOP / "kiwi-descriptions", "descriptions")
        intervals = DEFAULTS if "--defaults" in sys.argv else {}
        bench = Bench(koji, koji.machine.instance, source, intervals)
        bench.run("ours", CASES[0])  # mock's caches are filled
        found: dict[str, dict[str, list[Timeline]]] = {}
        for case in words or CASES:
            found[case] = {whose: [] for whose in PLUGINS}
            for _ in range(rounds):
                for whose, runs in found[case].items():
                    runs.append(bench.run(whose, case))
                    _say(case, whose, runs[-1])
        koji.close()
    _print(found)


def _say(case: str, whose: str, run: Timeline) -> None:
    load = os.getloadavg()[0]
    print(f"{case} {whose}: {run.whole:.2f} s, load {load:.1f}", file=sys.stderr, flush=True)


def _print(found: dict[str, dict[str, list[Timeline]]]) -> None:
    print(
        f"{'median s':18}{'':8}{'task':>8}{'root':>7}{'tool':>7}{'overhead':>10}{'mock':>6}  ratio"
    )
    for case, by_plugin in found.items():
        whole = {whose: median(run.whole for run in runs) for whose, runs in by_plugin.items()}
        for whose, runs in by_plugin.items():
            root = median(run.root for run in runs)
            tool = median(run.tool for run in runs)
            overhead = median(run.overhead for run in runs)
            ratio = f"{whole[whose] / whole[BASE]:7.2f}" if whose == "ours" else ""
            print(
                f"{case:18}{whose:8}{whole[whose]:8.2f}{root:7.2f}{tool:7.2f}{overhead:10.2f}"
                f"{runs[0].mock_calls:6}{ratio}"
            )
    for case, by_plugin in found.items():
        print(f"\n{case}: {'where the overhead goes':28}" + "".join(f"{w:>9}" for w in by_plugin))
        for what in next(iter(by_plugin.values()))[0].rest:
            seconds = (median(run.rest[what] for run in runs) for runs in by_plugin.values())
            print(f"{what:46}" + "".join(f"{each:9.2f}" for each in seconds))


if __name__ == "__main__":
    main()

"""Other plugins and ours on one private Koji: the same call, image, repository and group. They take
turns; hub and kojid are restarted with the one or the other in between.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_beside_koji.py [ROUNDS]
[CASE...]``; KOJI_TREE as for tests/koji. A case is PROFILE/TYPE, beside Koji's own kiwi plugin, or
image-builder/TYPE, beside koji-image-builder, whose checkout KOJI_IMAGE_BUILDER names.
``--defaults`` leaves Koji's own polling intervals alone.
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

ROUNDS = 4
CASES = ("Container/docker", "Container/tbz", "Disk/oem", "Live/iso")
DESCRIPTION = "minidist/minidist.kiwi"
IMAGE_BUILDER = "image-builder"
PACKAGE, DISTRO = "minidist-Raw", "minidist-1"
#: Seconds: Koji's own intervals are made for fleets (builder/kojid, kojihub/kojixmlrpc.py).
DEFAULTS = {"kojid": {"sleeptime": "15"}, "hub": {"RunInterval": "60"}}
OURS, THEIRS = "ours", "theirs"
#: Around mock: koji-image-builder's wrapper wants bash for sh, and osbuild binds a folder that has
#: to be in the build root. With Fedora's packages both are so, with minidist's neither.
AS_ON_FEDORA = """\
#!/bin/sh
/usr/bin/mock-itself "$@" || exit
for root in {roots}/*/root; do
    ln -sf bash "$root/usr/bin/sh"
    mkdir -p "$root/etc/containers"
done
"""
INSTALL = "mv /usr/bin/mock /usr/bin/mock-itself && cat >/usr/bin/mock && chmod 755 /usr/bin/mock"


@dataclass(frozen=True)
class Plugin:
    """Somebody else's, by the folders and the name that the daemons find it by."""

    name: str
    builder: str
    hub: str

    @property
    def configuration(self) -> dict[str, dict[str, str]]:
        return {
            "kojid": {"pluginpath": self.builder, "plugins": self.name},
            "hub": {"PluginPath": self.hub, "Plugins": self.name},
        }


def other(case: str) -> Plugin:
    """The one that a case is measured against."""
    if not case.startswith(f"{IMAGE_BUILDER}/"):
        return Plugin("kiwi", "/usr/lib/koji-builder-plugins", "/usr/lib/koji-hub-plugins")
    folder = Path(os.environ["KOJI_IMAGE_BUILDER"]).resolve() / "plugin"
    return Plugin("image_builder", str(folder / "builder"), str(folder / "hub"))


@dataclass(frozen=True)
class Bench:
    """:param intervals: of the daemons' configurations"""

    koji: Koji
    made: Instance
    source: str
    intervals: dict[str, dict[str, str]]

    def run(self, whose: str, case: str) -> Timeline:
        """One build, from the call to the end of its task."""
        self._load({} if whose == OURS else other(case).configuration)
        task = self._call(case)
        info = self.koji.wait(task, ("CLOSED", "FAILED", "CANCELED"), timeout=900)
        # A fault is raised here.
        self.koji.session().getTaskResult(task)
        assert info["completion_ts"]
        return timeline.of_task(self.koji, task)

    def _call(self, case: str) -> int:
        what, image = case.split("/")
        koji, session = self.koji, self.koji.session()
        arches = [koji.arch]
        task: int
        if what == IMAGE_BUILDER:
            repo = session.getRepo(koji.build_tag)["id"]
            # The other puts $arch into these only, and the double of image-builder expands nothing.
            url = f"{koji.options()['topurl']}/repos/{koji.build_tag}/{repo}/$arch"
            opts = {"distro": DISTRO, "repos": [url]}
            task = session.imageBuilderBuild(koji.target, arches, [image], PACKAGE, "1", opts)
        else:
            more = {"profile": what, "type": image}
            task = session.kiwiBuild(koji.target, arches, self.source, DESCRIPTION, **more)
        return task

    def _load(self, plugins: dict[str, dict[str, str]]) -> None:
        """Restart hub and kojid with a plugin."""
        for name in ("kojid", "hub"):
            self.made.daemons[name].stop()
            self.made.changes[name] = {**self.intervals.get(name, {}), **plugins.get(name, {})}
        self.koji.close()
        self.made.start_hub()
        self.made.start_kojid()


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--defaults"]
    rounds = int(words.pop(0)) if words and words[0].isdigit() else ROUNDS
    with real() as koji:
        assert isinstance(koji.machine, RealMachine)
        made = koji.machine.instance
        wrapper = AS_ON_FEDORA.format(roots=made.state.builder_roots)
        made.box.run("sh", "-c", INSTALL, stdin=wrapper.encode())
        source = koji.publish(TOP / "kiwi-descriptions", "descriptions")
        bench = Bench(koji, made, source, DEFAULTS if "--defaults" in sys.argv else {})
        found: dict[str, dict[str, list[Timeline]]] = {}
        for case in words or CASES:
            bench.run(OURS, case)  # mock's caches are filled
            found[case] = {THEIRS: [], OURS: []}
            for number in range(rounds):
                # Each is disturbed by the clearing up of the one before.
                for whose in (THEIRS, OURS)[:: -1 if number % 2 else 1]:
                    run = bench.run(whose, case)
                    found[case][whose].append(run)
                    _say(case, whose, run)
        koji.close()
    _print(found)


def _say(case: str, whose: str, run: Timeline) -> None:
    load = os.getloadavg()[0]
    print(f"{case} {whose}: {run.whole:.2f} s, load {load:.1f}", file=sys.stderr, flush=True)


def _print(found: dict[str, dict[str, list[Timeline]]]) -> None:
    print(
        f"{'median s':34}{'':8}{'task':>8}{'root':>7}{'tool':>7}{'overhead':>10}{'mock':>6}  ratio"
    )
    for case, by_plugin in found.items():
        whole = {whose: median(run.whole for run in runs) for whose, runs in by_plugin.items()}
        for whose, runs in by_plugin.items():
            root = median(run.root for run in runs)
            tool = median(run.tool for run in runs)
            overhead = median(run.overhead for run in runs)
            ratio = f"{whole[OURS] / whole[THEIRS]:7.2f}" if whose == OURS else ""
            print(
                f"{case:34}{whose:8}{whole[whose]:8.2f}{root:7.2f}{tool:7.2f}{overhead:10.2f}"
                f"{runs[0].mock_calls:6}{ratio}"
            )
    for case, by_plugin in found.items():
        print(f"\n{case}: {'where the overhead goes':28}" + "".join(f"{w:>9}" for w in by_plugin))
        for what in next(iter(by_plugin.values()))[0].rest:
            seconds = (median(run.rest[what] for run in runs) for runs in by_plugin.values())
            print(f"{what:46}" + "".join(f"{each:9.2f}" for each in seconds))


if __name__ == "__main__":
    main()

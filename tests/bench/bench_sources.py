"""An image from a kept manifest: its packages from Koji, or from the addresses that it names, which
osbuild then downloads from. The manifest names all packages of the sandbox, to have some to fetch.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_sources.py [ROUNDS]``.
The addresses are of this machine: what a network adds is not in the numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import koji as koji_library

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.bench import steps  # noqa: E402
from tests.sandbox.image import build  # noqa: E402
from tests.sandbox.provide import sandbox  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.under_test import Koji

ROUNDS = 5
NAME, KIND = "minidist-Raw", "generic-container"
#: Of a task's steps; osbuild's is named after the image.
SHOWN = ("sources", "build ")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(Path(folder)) as koji:
        manifests = _manifests(koji, Path(folder))
        _seconds(koji, manifests["from Koji"])  # the machine's caches are filled
        runs: dict[str, list[list[float]]] = {name: [] for name in manifests}
        for number in range(rounds):
            order = list(manifests)[:: -1 if number % 2 else 1]
            for name in order:
                runs[name].append(_seconds(koji, manifests[name]))
    print(
        f"{'':20}{'task':>8}{'sources':>9}{'osbuild':>9}{'rest':>9}   (median s, {rounds} rounds)"
    )
    for name, found in runs.items():
        task, *parts = (statistics.median(column) for column in zip(*found))
        print(f"{name:20}{task:8.2f}" + "".join(f"{seconds:9.2f}" for seconds in parts))
    print(f"load {os.getloadavg()[0]:.1f}")


def _manifests(koji: Koji, folder: Path) -> dict[str, Path]:
    """As a build kept it, and with addresses in which Koji does not see names of packages."""
    words = (koji.target, NAME, "1", KIND, "--distro=minidist-1")
    manifest = build(koji, *words, tool="image-builder").json(".osbuild-manifest.json")
    items = manifest["sources"]["org.osbuild.curl"]["items"]
    items.update(dict(_packages(koji)))
    paths = {name: folder / name for name in ("from Koji", "from addresses")}
    paths["from Koji"].write_text(json.dumps(manifest))
    for item in items.values():
        item["url"] += "#"
    paths["from addresses"].write_text(json.dumps(manifest))
    return paths


def _packages(koji: Koji) -> Iterator[tuple[str, dict[str, str]]]:
    """Every one of the build tag, as manifests name them."""
    paths = koji_library.PathInfo(topdir="")
    rpms, builds = koji.session().listTaggedRPMS(koji.build_tag)
    folders = {each["build_id"]: paths.build(each) for each in builds}
    size = 0
    for rpm in rpms:
        path = f"{folders[rpm['build_id']]}/{paths.rpm(rpm)}"
        content = koji.download(path)
        size += len(content)
        checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
        yield checksum, {"url": f"{koji.options()['topurl']}{path}"}
    print(f"{len(rpms)} packages, {size / 1e6:.0f} MB")


def _seconds(koji: Koji, manifest: Path) -> list[float]:
    """Of the whole task, of each of the steps, and of the rest."""
    image = build(koji, koji.target, NAME, "1", str(manifest), tool="manifest")
    found = steps.of_task(koji, image.task)
    shown = [sum(found[name] for name in found if name.startswith(step)) for step in SHOWN]
    return [sum(found.values()), *shown, sum(found.values()) - sum(shown)]


if __name__ == "__main__":
    main()

"""An image from a kept manifest: its packages from Koji, or from the addresses that it names, which
osbuild then downloads from. Beside it the image-builder build that kept it. They take turns.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_sources.py [ROUNDS]``.
The addresses are of this machine: what a network adds is not in the numbers.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.bench import steps  # noqa: E402
from tests.sandbox.image import build  # noqa: E402
from tests.sandbox.provide import sandbox  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sandbox.image import Image
    from tests.sandbox.under_test import Koji

ROUNDS = 3
KINDS = ("generic-container", "generic-qcow2")
NAME = "minidist-Raw"


#: Of a task's steps; osbuild's is named after the image.
SHOWN = ("resolve packages", "sources", "build ")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(Path(folder)) as koji:
        print(f"{'':44}{'task':>8}{'resolve':>9}{'sources':>9}{'osbuild':>9}  load   (median s)")
        for kind in KINDS:
            first = _first(koji, kind)  # the first makes the build root
            kept, named = _manifests(first, Path(folder))
            runs: dict[str, list[list[float]]] = {}
            for _ in range(rounds):
                runs.setdefault("image-builder", []).append(_seconds(_first(koji, kind)))
                runs.setdefault("manifest, from Koji", []).append(_again(koji, kept))
                runs.setdefault("manifest, from addresses", []).append(_again(koji, named))
            for what, each in runs.items():
                _print(f"{kind}: {what}", each)


def _first(koji: Koji, kind: str) -> Image:
    return build(koji, koji.target, NAME, "1", kind, "--distro=minidist-1", tool="image-builder")


def _manifests(first: Image, folder: Path) -> tuple[Path, Path]:
    """As it was kept, and with addresses in which Koji does not see names of packages."""
    manifest = first.json(".osbuild-manifest.json")
    paths = (folder / "kept.json", folder / "named.json")
    paths[0].write_text(json.dumps(manifest))
    for item in manifest["sources"]["org.osbuild.curl"]["items"].values():
        item["url"] += "#"
    paths[1].write_text(json.dumps(manifest))
    return paths


def _again(koji: Koji, manifest: Path) -> list[float]:
    return _seconds(build(koji, koji.target, NAME, "1", str(manifest), tool="manifest"))


def _seconds(image: Image) -> list[float]:
    """Of the whole task, and of each of the steps."""
    found = steps.of_task(image.koji, image.task)
    return [
        sum(found.values()),
        *(sum(found[name] for name in found if name.startswith(step)) for step in SHOWN),
    ]


def _print(what: str, runs: Sequence[Sequence[float]]) -> None:
    task, *parts = (statistics.median(column) for column in zip(*runs))
    shown = "".join(f"{seconds:9.2f}" for seconds in parts)
    print(f"{what:44}{task:8.2f}{shown}{os.getloadavg()[0]:6.1f}", flush=True)


if __name__ == "__main__":
    main()

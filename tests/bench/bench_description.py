"""Reading and patching a description of 50 includes and 100 profiles, step by step.

Fedora's description has 50 includes, 110 profiles and 104 KB; this one has its shape. Paired with
it in the same rounds: the same file without its includes, as kiwi's users write small ones.

Run it with: ``python tests/bench/bench_description.py [ROUNDS]``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, TypeVar

from koji_imagebuild.tools.kiwi import identification, includes, patch, selection
from koji_imagebuild.tools.kiwi.asked import KiwiOptions
from koji_imagebuild.tools.tree import Tree

ROUNDS = 50
INCLUDES = 50
PROFILES = 100
PACKAGES = 40

_T = TypeVar("_T")


@dataclass(frozen=True)
class Case:
    """A description and the profile that is built from it."""

    name: str
    tree: Tree
    profile: str


def main() -> None:
    """Measure and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        cases = [
            _written(Path(folder, "large"), INCLUDES, PROFILES),
            _written(Path(folder, "small"), 0, 1),
        ]
        times: dict[tuple[str, str], list[float]] = {}
        for _ in range(rounds):
            for case in cases:
                for step, milliseconds in _steps(case):
                    times.setdefault((step, case.name), []).append(milliseconds)
        sys.stdout.write(_table(cases, times))


def _written(folder: Path, files: int, profiles: int) -> Case:
    folder.mkdir()
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<image schemaversion="8.0" name="bench">\n'
        '<description type="system"><author>a</author><contact>c</contact>'
        "<specification>s</specification></description>\n"
        "<preferences><version>1.0.0</version><packagemanager>dnf5</packagemanager></preferences>\n"
    )
    parts = ["\n".join(map(_profile, range(n, profiles, files or 1))) for n in range(files or 1)]
    if files:
        for number, part in enumerate(parts):
            (folder / f"{number}.xml").write_text(f"<image>\n{part}\n</image>\n")
        parts = [f'<include from="this://./{number}.xml"/>' for number in range(files)]
    (folder / "bench.kiwi").write_text(head + "\n".join(parts) + "\n</image>\n")
    return Case(folder.name, Tree(folder, "the checkout"), f"P{profiles - 1}")


def _profile(number: int) -> str:
    """A profile with what it requires, its type and its packages."""
    required = f'<requires profile="P{number - 1}"/>' if number % 4 else ""
    packages = "".join(f'<package name="package-{n}"/>\n' for n in range(PACKAGES))
    return (
        f'<profiles><profile name="P{number}" description="d">{required}</profile></profiles>\n'
        f'<preferences profiles="P{number}">'
        f'<type image="{("oem", "iso", "oci", "tbz")[number % 4]}"/></preferences>\n'
        f'<packages type="image" profiles="P{number}">\n{packages}</packages>\n'
    )


def _steps(case: Case) -> list[tuple[str, float]]:
    flat, flattened = _timed(lambda: includes.flatten(case.tree, "bench.kiwi").complete())
    chosen, selected = _timed(lambda: selection.select(flat, case.profile, "x86_64"))
    _, patched = _timed(lambda: patch.effective(chosen, "bench-X", "2.0.0"))
    options = KiwiOptions(profile=case.profile)
    identify = identification.identify
    _, identified = _timed(lambda: identify(case.tree, "bench.kiwi", options, "x86_64"))
    return [
        ("read, resolve includes", flattened),
        ("select a profile", selected),
        ("patch name and version", patched),
        ("all the parent does, an arch", identified),
    ]


def _timed(do: Callable[[], _T]) -> tuple[_T, float]:
    start = time.perf_counter()
    result = do()
    return result, (time.perf_counter() - start) * 1000


def _table(cases: list[Case], times: dict[tuple[str, str], list[float]]) -> str:
    rows = [f"{'milliseconds, median':<32}" + "".join(f"{case.name:>10}" for case in cases)]
    for step in dict.fromkeys(step for step, _ in times):
        medians = (statistics.median(times[step, case.name]) for case in cases)
        rows.append(f"{step:<32}" + "".join(f"{median:>10.2f}" for median in medians))
    sizes = (sum(path.stat().st_size for path in case.tree.top.iterdir()) for case in cases)
    rows.append(f"{'size in KB':<32}" + "".join(f"{size / 1000:>10.1f}" for size in sizes))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()

"""What a whole task costs more than the bare tool in the same kind of build root, and what several
types in one task save. Pairs take turns.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_task.py [PAIRS]
[kiwi|image-builder]``. image-builder is the double, which does less than the real one does.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from tests.bench import bare, steps  # noqa: E402
from tests.sandbox.provide import sandbox  # noqa: E402
from tests.sandbox.under_test import task_of  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.under_test import Koji

PAIRS = 3
DESCRIPTION = "minidist/minidist.kiwi"
IMAGES = (("Container", "docker"), ("Container", "tbz"), ("Disk", "oem"), ("Live", "iso"))
TYPES = ("docker", "oci", "tbz")
GENERIC = ("generic-container", "generic-qcow2")
DISTRO = "--distro=minidist-1"


@dataclass(frozen=True)
class Case:
    """:param words: of ``koji image-build-local``. :param bare: seconds of the tool alone"""

    name: str
    words: tuple[str, ...]
    bare: Callable[[], float]


def main() -> None:
    words = sys.argv[1:]
    pairs = int(words.pop(0)) if words and words[0].isdigit() else PAIRS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(Path(folder)) as koji:
        source = koji.publish(TOP / "kiwi-descriptions", "descriptions")
        print(f"{'':30}{'task':>8}{'bare':>8}{'overhead':>10}{'ratio':>7}{'load':>6}   (median s)")
        if "image-builder" not in words:
            _measure(koji, list(_kiwi(koji, source)), pairs)
            _several(koji, source, pairs)
        if "kiwi" not in words:
            _measure(koji, list(_image_builder(koji)), pairs)


def _measure(koji: Koji, cases: list[Case], pairs: int) -> None:
    _task(koji, cases[0].words)  # the first makes the build root
    for case in cases:
        runs = [(_steps(koji, case.words), case.bare()) for _ in range(pairs)]
        task = statistics.median(sum(each.values()) for each, _ in runs)
        alone = statistics.median(alone for _, alone in runs)
        print(
            f"{case.name:30}{task:8.2f}{alone:8.2f}{task - alone:10.2f}{task / alone:7.2f}"
            f"{os.getloadavg()[0]:6.1f}",
            flush=True,
        )
        for step in runs[0][0]:
            print(f"  {step:28}{statistics.median(each[step] for each, _ in runs):8.2f}")


def _several(koji: Koji, source: str, pairs: int) -> None:
    runs = [
        (
            _task(koji, _description(koji, source, "Container", *TYPES)),
            sum(_task(koji, _description(koji, source, "Container", each)) for each in TYPES),
        )
        for _ in range(pairs)
    ]
    one, many = (statistics.median(column) for column in zip(*runs))
    print(f"{' + '.join(TYPES)}: one task {one:.2f} s, a task each {many:.2f} s: {one / many:.2f}")


def _task(koji: Koji, words: tuple[str, ...]) -> float:
    """Seconds from the call to the end of the parent task, as the hub has them."""
    return sum(_steps(koji, words).values())


def _steps(koji: Koji, words: tuple[str, ...]) -> dict[str, float]:
    tool, *rest = words
    task = task_of(koji.run("image-build-local", tool, "--scratch", "--nowait", *rest).out)
    koji.wait(task, ("CLOSED", "FAILED"))
    koji.session().getTaskResult(task)
    return steps.of_task(koji, task)


def _kiwi(koji: Koji, source: str) -> Iterator[Case]:
    def alone(profile: str, image: str) -> Callable[[], float]:
        return lambda: _bare_kiwi(koji, profile, image)

    for profile, image in IMAGES:
        words = _description(koji, source, profile, image)
        yield Case(f"{profile} {image}", words, alone(profile, image))


def _description(koji: Koji, source: str, profile: str, *types: str) -> tuple[str, ...]:
    asked = (f"--profile={profile}", *(f"--type={image}" for image in types))
    return ("kiwi", *asked, koji.target, source, DESCRIPTION)


def _bare_kiwi(koji: Koji, profile: str, image: str) -> float:
    """``system build`` and ``result bundle``."""
    with bare.root(koji, "kiwi-ng") as root:
        builddir = root.path / "builddir"
        description = TOP / "kiwi-descriptions/minidist"
        subprocess.run(("cp", "-a", description, builddir / "d"), check=True)
        (builddir / "kiwi.yml").write_text("xz:\n  options: --threads=0\n")
        kiwi = ("kiwi-ng", "--config=/builddir/kiwi.yml")
        build = (
            *(*kiwi, f"--profile={profile}", f"--type={image}", "system", "build"),
            *("--description=/builddir/d", "--target-dir=/builddir/o", "--ignore-repos"),
            f"--add-repo={root.repository},rpm-md,koji-repo",
        )
        bundle = (
            *(*kiwi, "result", "bundle", "--target-dir=/builddir/o", "--bundle-dir=/builddir/b"),
            "--id=1",
        )
        return root.seconds(build, bundle)


def _image_builder(koji: Koji) -> Iterator[Case]:
    def alone(kind: str) -> Callable[[], float]:
        return lambda: _bare_image_builder(koji, kind)

    for kind in GENERIC:
        words = ("image-builder", DISTRO, koji.target, "minidist-Raw", "1", kind)
        yield Case(kind, words, alone(kind))


def _bare_image_builder(koji: Koji, kind: str) -> float:
    """``build`` with the files that a task keeps too."""
    with bare.root(koji, "image-builder") as root:
        (root.path / "etc/containers").mkdir(exist_ok=True)  # osbuild binds it
        build = (
            *("image-builder", "-v", "build", "--use-librepo=false", DISTRO),
            *("--with-sbom", "--with-manifest", f"--force-repo={root.repository}"),
            *("--output-dir=/builddir/o", kind),
        )
        return root.seconds((*bare.MOUNT_POINT, *build))


if __name__ == "__main__":
    main()

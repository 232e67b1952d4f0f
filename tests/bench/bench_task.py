"""What a whole task costs more than the bare kiwi commands in the same kind of build root, and what
several types in one task save. Pairs take turns.

Run as root with the checkout's Python: ``.venv/bin/python tests/bench/bench_task.py [PAIRS]``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from koji_imagebuild.sandbox.root import isolation, removal  # noqa: E402
from koji_imagebuild.sandbox.state import State  # noqa: E402
from tests.sandbox.provide import sandbox  # noqa: E402

if TYPE_CHECKING:
    from tests.sandbox.under_test import Koji

PAIRS = 3
DESCRIPTION = "minidist/minidist.kiwi"
CASES = (("Container", "docker"), ("Container", "tbz"), ("Disk", "oem"), ("Live", "iso"))
TYPES = ("docker", "oci", "tbz")


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        with sandbox(scratch) as koji:
            source = koji.publish(TOP / "kiwi-descriptions", "descriptions")
            _task(koji, source, "Container", ("docker",))  # the first makes the build root
            print(f"{'':24}{'task':>8}{'bare kiwi':>11}{'overhead':>10}{'ratio':>7}   (median s)")
            for profile, image in CASES:
                runs = [
                    (
                        _task(koji, source, profile, (image,)),
                        _bare(scratch / "test", _repository(koji), profile, image),
                    )
                    for _ in range(pairs)
                ]
                task, bare = (statistics.median(column) for column in zip(*runs))
                print(
                    f"{profile + ' ' + image:24}{task:8.2f}{bare:11.2f}{task - bare:10.2f}"
                    f"{task / bare:7.2f}"
                )
            _several(koji, source, pairs)


def _several(koji: Koji, source: str, pairs: int) -> None:
    runs = [
        (
            _task(koji, source, "Container", TYPES),
            sum(_task(koji, source, "Container", (image,)) for image in TYPES),
        )
        for _ in range(pairs)
    ]
    one, many = (statistics.median(column) for column in zip(*runs))
    print(
        f"\n{' + '.join(TYPES)}: one task {one:.2f} s, a task each {many:.2f} s: {one / many:.2f}"
    )


def _task(koji: Koji, source: str, profile: str, types: tuple[str, ...]) -> float:
    """Seconds from the call to the end of the parent task, as the hub has them."""
    words = [word for image in types for word in ("--type", image)]
    options = ("--scratch", "--nowait", "--profile", profile, *words)
    ran = koji.run("image-build-local", "kiwi", *options, koji.target, source, DESCRIPTION)
    task = int(ran.out.split("Created task: ")[1].split()[0])
    info = koji.wait(task, ("CLOSED", "FAILED"))
    assert info["completion_ts"], info
    return float(info["completion_ts"] - info["create_ts"])


def _repository(koji: Koji) -> str:
    repo = koji.session().getRepo(koji.build_tag)["id"]
    state = State(Path(koji.environment["HOME"]).parent / "test")
    return f"{state.endpoints().topurl}/repos/{koji.build_tag}/{repo}/{koji.arch}"


def _bare(state: Path, repository: str, profile: str, image: str) -> float:
    """Seconds of ``system build`` and ``result bundle`` in a ready build root."""
    ready = next(p for p in (State(state).builder_cache / "roots").iterdir() if not p.suffix)
    root = state / "bench-root"
    removal.remove(root)
    subprocess.run(("cp", "-a", ready, root), check=True)
    (root / "builddir").mkdir(exist_ok=True)
    subprocess.run(
        ("cp", "-a", TOP / "kiwi-descriptions/minidist", root / "builddir/d"), check=True
    )
    (root / "builddir/kiwi.yml").write_text("xz:\n  options: --threads=0\n")
    kiwi = ("kiwi-ng", "--config=/builddir/kiwi.yml")
    build = (
        *(*kiwi, f"--profile={profile}", f"--type={image}", "system", "build"),
        *("--description=/builddir/d", "--target-dir=/builddir/o", "--ignore-repos"),
        f"--add-repo={repository},rpm-md,koji-repo",
    )
    bundle = (
        *(*kiwi, "result", "bundle", "--target-dir=/builddir/o", "--bundle-dir=/builddir/b"),
        "--id=1",
    )
    start = time.monotonic()
    _in_root(root, build)
    _in_root(root, bundle)
    seconds = time.monotonic() - start
    removal.remove(root)
    return seconds


def _in_root(root: Path, argv: tuple[str, ...]) -> None:
    pid = os.fork()
    if pid == 0:
        log = os.open(root / "builddir/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        how = isolation.Isolation(simple=True, binds=(("/dev", "/dev"),))
        os._exit(isolation.run(root, how, argv, "/builddir", isolation.ENVIRONMENT))
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 0, (root / "builddir/log").read_text()


if __name__ == "__main__":
    main()

"""Hashing and uploading a 2 GiB sparse image: throughput against a plain copy, and peak memory.

Run with the checkout's Python, as root: ``.venv/bin/python tests/bench/bench_upload.py [GIB]``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

from koji_imagebuild.pipeline import verify  # noqa: E402
from tests.sandbox.provide import sandbox  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

GIB = 2


def main() -> None:
    gib = int(sys.argv[1]) if len(sys.argv) > 1 else GIB
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sandbox(Path(folder)) as koji:
        image = Path(folder) / "image.raw"
        with image.open("wb") as stream:
            stream.truncate(gib << 30)
        session = koji.session()
        print(f"{'':28}{'s':>8}{'MiB/s':>8}{'peak MiB':>10}")
        for what, action in (
            ("cp --sparse=never", lambda: _copy(image)),
            ("verify.measure (SHA-256)", lambda: verify.measure(image)),
            ("sha256sum", lambda: subprocess.run(("sha256sum", image), check=True, stdout=-3)),
            ("upload", lambda: session.uploadWrapper(str(image), "cli-image-build-local/bench")),
        ):
            seconds, peak = _measured(action)
            print(f"{what:28}{seconds:8.2f}{(gib << 10) / seconds:8.0f}{peak:10.0f}")


def _copy(image: Path) -> None:
    copy = image.with_suffix(".copy")
    subprocess.run(("cp", "--sparse=never", image, copy), check=True)
    copy.unlink()


def _measured(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and the most memory of a process that does it, in MiB."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        action()
        os._exit(0)
    _, status, used = os.wait4(pid, 0)
    assert status == 0
    return time.monotonic() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()

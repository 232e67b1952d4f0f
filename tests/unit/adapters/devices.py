"""Loop devices and mounts as tools leave them behind."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Makes a disk image and attaches it; the name of the device.
Attach = Callable[..., str]

_PARTITIONED = "label: dos\nstart=2048, size=4096\nstart=6144, size=4096\n"


def run(*argv: str | Path, text: str = "") -> str:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def disk(path: Path, *, partitioned: bool = False) -> Path:
    """A disk image of 8 MiB, with two partitions or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.truncate(8 << 20)
    if partitioned:
        run("sfdisk", "--quiet", path, text=_PARTITIONED)
    return path


def attach(path: Path) -> str:
    """The name of the device; the mount namespace it was attached in is gone already."""
    return Path(run("unshare", "--mount", "losetup", "--find", "--show", path)).name


def add_partitions(device: str) -> list[str]:
    """As kpartx and partx do it, also where the kernel reads no partition tables."""
    run("partx", "--add", f"/dev/{device}")
    return partitions(device)


def is_attached(device: str) -> bool:
    return Path("/sys/block", device, "loop").exists()


def partitions(device: str) -> list[str]:
    return sorted(path.name for path in Path("/sys/block", device).glob(f"{device}p*"))


def detach(device: str) -> None:
    with suppress(subprocess.CalledProcessError):
        run("losetup", "--detach", f"/dev/{device}")
    with suppress(subprocess.CalledProcessError):
        run("partx", "--delete", f"/dev/{device}")


@contextmanager
def mounted(source: str, at: Path, kind: str) -> Iterator[Path]:
    at.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", kind, source, at)
    try:
        yield at
    finally:
        with suppress(subprocess.CalledProcessError):
            run("umount", "--lazy", at)

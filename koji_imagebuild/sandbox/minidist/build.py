"""Makes a folder with minidist: the RPMs, and which of them make up which group."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.errors import PreflightError, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Names a folder with a minidist that was made elsewhere, for a machine that cannot make it.
MADE = "MINIDIST"

HERE = Path(__file__).parent
TOOLS = ("apt-get", "cpio", "depmod", "dpkg-deb", "make", "rpmbuild", "setpriv")

GROUPS: Mapping[str, tuple[str, ...]] = {
    "build": ("buildroot-base",),
    "kiwi-build": ("buildroot-base", "python3-kiwi"),
    # Stand-ins: neither Debian nor Python's packages have the tool itself.
    "image-builder-build": ("buildroot-base", "image-builder"),
    "core": ("minidist-filesystem", "minidist-release", "busybox"),
}


def packages(folder: Path) -> tuple[Path, ...]:
    """Every RPM of a minidist folder, by name."""
    return tuple(sorted(folder.glob("Packages/*.rpm")))


def fresh(folder: Path) -> bool:
    """Whether the folder is what :func:`make` would make now."""
    stamp = folder / "stamp"
    return stamp.is_file() and stamp.read_text() == _digest()


def make(folder: Path, log: Path, say: Callable[[str], None] = print) -> None:
    """Make the folder, unless it is fresh: Packages/*.rpm, comps.json and the stamp.

    It appears, or is replaced, in one step when everything is made; a run that was interrupted
    leaves nothing that looks finished.

    :param log: written anew: the output of every step
    :param say: gets a line when a step is done, ``kernel 1.9 s``
    :raises PreflightError: when this machine cannot make it
    :raises Told: when a step fails
    """
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if fresh(folder):
            return
        _check_machine(folder)
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            _make_packages(partial, log, say)
            (partial / "comps.json").write_text(json.dumps(GROUPS, indent=1) + "\n")
            (partial / "stamp").write_text(_digest())
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _digest() -> str:
    """SHA-256 over the recipes and the Debian release whose packages they take."""
    digest = hashlib.sha256(Path("/etc/os-release").read_bytes())
    for path in sorted(HERE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(b"%s\0%s\0" % (bytes(path.relative_to(HERE)), path.read_bytes()))
    return digest.hexdigest()


def _check_machine(folder: Path) -> None:
    release = Path("/etc/os-release").read_text().splitlines()
    if "VERSION_CODENAME=bookworm" not in release or platform.machine() != "x86_64":
        raise PreflightError("minidist is made of Debian 12's packages, on Debian 12 (x86_64) only")
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise PreflightError(
            f"minidist cannot be made without {', '.join(missing)}",
            repair="apt-get install cpio kmod make rpm util-linux",
        )
    if re.search(r"[\s:%$#]", str(folder)):
        raise PreflightError(
            f"make and rpmbuild cannot work in {str(folder)!r}",
            repair="choose a folder whose path has no blanks, colons, %, $ or #",
        )


def _make_packages(partial: Path, log: Path, say: Callable[[str], None]) -> None:
    """Run the Makefile; the steps' logs are kept in one file, whichever way it ends."""
    work = partial / "work"
    work.mkdir(parents=True)
    try:
        status = _run(_command(partial / "Packages", work), say)
        if status:
            failed = [path for path in work.glob("*.log") if not path.with_suffix(".done").exists()]
            raise Told(
                f"minidist: making {', '.join(path.stem for path in failed)} failed",
                lines=[line for path in failed for line in _lines(path)[-15:]],
                log=str(log),
            )
    finally:
        with log.open("w") as whole:
            for path in sorted(work.glob("*.log")):
                whole.writelines(f"{path.stem}: {line}\n" for line in _lines(path))
        shutil.rmtree(work, ignore_errors=True)


def _command(packages: Path, work: Path) -> list[str]:
    # setpriv: what runs below make ends with this process, even if it is killed.
    return [
        *("setpriv", "--pdeathsig", "TERM"),
        *("make", f"--file={HERE / 'Makefile'}", f"--jobs={os.cpu_count() or 1}"),
        *(f"OUT={packages}", f"WORK={work}", f"PYTHON={sys.executable}"),
    ]


def _run(command: list[str], say: Callable[[str], None]) -> int:
    """Run a command in a session of its own, which is killed when we are interrupted."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            for line in process.stdout or ():
                say(line.rstrip())
            return process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(f"{sys.argv[1]}.log"))

"""What a stage runs in: bubblewrap, mounts and a helper process, as osbuild leaves and misses them.

The stages themselves run in this process; bubblewrap is started for real, so that a build root in
which it cannot work fails as it does with osbuild.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BWRAP = ("bwrap", "--die-with-parent", "--unshare-net", "--ro-bind", "/", "/", "true")


class NoSandboxError(Exception):
    """Bubblewrap does not work; the text is the stage's output."""


def probe() -> None:
    """Run a program in bubblewrap.

    :raises NoSandboxError: with bubblewrap's own words
    """
    done = subprocess.run(
        _BWRAP, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise NoSandboxError(done.stdout)


@contextmanager
def workplace(store: Path, rundir: Path) -> Iterator[None]:
    """Mounts and the process that serves a stage's inputs, for as long as the block.

    SIGTERM ends this program on the spot, and the mounts stay.

    :raises RuntimeError: when the host has no /etc/containers
    """
    rundir.mkdir(parents=True, exist_ok=True)
    host = Path(tempfile.mkdtemp(prefix="host", dir=store / "tmp"))
    dev = Path(tempfile.mkdtemp(prefix="osbuild-dev-", dir=rundir))
    mounted: list[Path] = []
    service = _Service()
    try:
        for source, target in (("/usr", host / "usr"), ("/etc/containers", host / "containers")):
            target.mkdir()
            _mount("--bind", source, target)
            mounted.append(target)
        _mount("-t", "tmpfs", "none", dev)
        mounted.append(dev)
        yield
    except KeyboardInterrupt:
        # Whoever interrupts the group has interrupted the service. Whoever interrupts this
        # process alone waits for it forever.
        service.wait()
        raise
    finally:
        service.stop()
        for target in reversed(mounted):
            subprocess.run(("umount", target), check=True)
        for path in (host / "usr", host / "containers", host, dev):
            with suppress(OSError):
                path.rmdir()


class _Service:
    """A process that ends when its pipe is closed, or when it is interrupted."""

    def __init__(self) -> None:
        read, self._pipe = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.close(self._pipe)
            os.read(read, 1)
            os._exit(0)
        os.close(read)

    def wait(self) -> None:
        if self._pid:
            os.waitpid(self._pid, 0)
            self._pid = 0

    def stop(self) -> None:
        os.close(self._pipe)
        self.wait()


def _mount(*words: str | Path) -> None:
    done = subprocess.run(("mount", *words), check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())

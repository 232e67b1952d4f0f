"""The sandbox as a Koji under test."""

from __future__ import annotations

import fcntl
import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox import certificates, scm
from koji_imagebuild.sandbox.root import removal
from koji_imagebuild.sandbox.start import PATIENCE, Sandbox
from koji_imagebuild.sandbox.state import State

from . import loops
from .under_test import Koji, Leftovers, deadline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class SandboxMachine:
    """Faults of a sandbox."""

    sandbox: Sandbox
    environment: Mapping[str, str]
    devices_before: frozenset[str] = field(default_factory=lambda: frozenset(loops.attached()))

    @property
    def roots(self) -> Path:
        return self.sandbox.state.builder_roots

    def kill_builder(self) -> None:
        _kill(self.sandbox.builder.pid())

    def start_builder(self, configuration: Mapping[str, str] | None = None) -> None:
        _configure(self.sandbox.state.builder_plugin_conf, configuration)
        _command(self.sandbox.state, self.environment, "start")

    def kill_hub(self) -> None:
        _kill(self.sandbox.hub.pid())

    def start_hub(self, configuration: Mapping[str, str] | None = None) -> None:
        _configure(self.sandbox.state.hub_plugin_conf, configuration)
        _command(self.sandbox.state, self.environment, "start")

    def leftovers(self) -> Leftovers:
        folder = str(self.sandbox.state.folder)
        mounts = set(Path("/proc/self/mounts").read_text().splitlines())
        if builder := self._builder():
            mounts |= set(Path(f"/proc/{builder}/mounts").read_text().splitlines())
        return Leftovers(
            mounts=tuple(line for line in mounts if f"{folder}/builder/roots/" in line),
            # The kernel's name may begin before our root, in a chroot, or only at the folder of
            # build roots, where that is a disk of its own.
            loop_devices=(
                *(
                    f"{device} {file}"
                    for device, file in loops.attached().items()
                    if f"{folder}/" in file or file.startswith("/minidist-build-")
                ),
                *loops.lost(self.devices_before),
            ),
            processes=tuple(f"{pid} {_words(pid)}" for pid in self._strangers()),
        )

    def running(self, words: str) -> tuple[int, ...]:
        return tuple(pid for pid in self._strangers() if words in _words(pid))

    def kill_tasks(self) -> None:
        builder = self._builder()
        for task in _children(builder) if builder else ():
            os.kill(task, signal.SIGKILL)

    def kill_mock(self) -> None:
        """What stands in for mock is a child of its task's process, and no program of its own."""
        builder = self._builder()
        for task in _children(builder) if builder else ():
            for mock in _children(task):
                if "timeout --signal=INT" in " ".join(map(_words, _below(mock))):
                    os.kill(mock, signal.SIGKILL)

    @contextmanager
    def second_builder(self, name: str) -> Iterator[None]:
        """One with a folder of its own beside the sandbox's, and the sandbox's addresses."""
        first = self.sandbox.state
        second = State(first.folder.with_name(name))
        second.write_endpoints(first.endpoints())
        certificates.ensure(first.certs, (name,))
        second.certs.mkdir()
        for source, target in (("ca", "ca"), (name, "builder")):
            copyfile(first.certs / f"{source}.pem", second.certs / f"{target}.pem")
        builder = Sandbox(second).builder
        try:
            builder.start(PATIENCE)
            yield
        finally:
            builder.stop()
            removal.remove(second.folder)

    @contextmanager
    def small_disk(self, size: int) -> Iterator[None]:
        roots = self.sandbox.state.builder_roots
        self.sandbox.builder.stop()
        _mount("-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(roots))
        try:
            self.start_builder()
            yield
        finally:
            self.sandbox.builder.stop()
            _unmount(str(roots))
            self.start_builder()

    @contextmanager
    def held_roots(self) -> Iterator[None]:
        """Whoever fills a build root waits for the lock of the ready root it is made from."""
        with ExitStack() as held:
            for path in (self.sandbox.state.builder_cache / "roots").glob("*.lock"):
                lock = held.enter_context(path.open("a"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _builder(self) -> int | None:
        """The daemon itself: below a supervisor and the first process of its namespace."""
        pid = self.sandbox.builder.pid()
        for _ in range(2):
            pid = next(iter(_children(pid)), None) if pid else None
        return pid

    def _strangers(self) -> set[int]:
        """What runs for tasks, whoever has become its parent."""
        found = set(_rooted_in(self.sandbox.state.folder.parent))
        for first in _children(self.sandbox.builder.pid() or 0):
            found |= set(_below(first)) - {self._builder()}
        return found


@contextmanager
def sandbox(folder: Path) -> Iterator[Koji]:
    """A sandbox that lives as long as the block, with a home of its own for koji's profiles."""
    home = folder / "home"
    home.mkdir()
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    environment = {"HOME": str(home), "XDG_CACHE_HOME": cache}
    state = State(folder / "test")
    _command(state, environment, "start")
    try:
        profile = state.endpoints().profile
        yield Koji(
            koji_command=Path(sys.executable).with_name("koji"),
            environment=environment,
            profiles={
                "releng": profile,
                "admin": f"{profile}-admin",
                "nobody": f"{profile}-nobody",
            },
            target="minidist",
            build_tag="minidist-build",
            dest_tag="minidist-candidate",
            arch=platform.machine(),
            publish=lambda path, name: _publish(state, path, name),
            machine=SandboxMachine(Sandbox(state), environment),
        )
    finally:
        _command(state, environment, "reset", "--yes")


def _publish(state: State, folder: Path, name: str) -> str:
    scm.publish(state, folder, name)
    return f"git+{state.endpoints().scm}/{name}#main"


def _command(state: State, environment: Mapping[str, str], *words: str) -> None:
    program = (sys.executable, "-m", "koji_imagebuild.sandbox.command")
    subprocess.run(
        (*program, "--state", str(state.folder), *words),
        env={**os.environ, **environment},
        check=True,
        stdin=subprocess.DEVNULL,
    )


def _configure(path: Path, configuration: Mapping[str, str] | None) -> None:
    if configuration is None:
        path.unlink(missing_ok=True)
        return
    lines = [f"{key} = {value}" for key, value in configuration.items()]
    path.write_text("\n".join(("[image_build_local]", *lines, "")))


def _kill(pid: int | None) -> None:
    """Return when it is dead; what it leaves behind may still be ending."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    patience = deadline(10)
    while _words(pid):
        assert time.monotonic() < patience, f"{pid} survives SIGKILL"
        time.sleep(0.01)


def _mount(*words: str) -> None:
    subprocess.run(("mount", *words), check=True)


def _unmount(folder: str) -> None:
    subprocess.run(("umount", folder), check=True)


def _below(pid: int) -> Iterator[int]:
    for child in _children(pid):
        yield child
        yield from _below(child)


def _children(pid: int) -> list[int]:
    """In the order in which they were started; none of a process that is gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def _rooted_in(folder: Path) -> Iterator[int]:
    """Processes in a build root, whoever has become their parent."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "root").readlink()).startswith(f"{folder}/"):
                yield int(process.name)


def _words(pid: int) -> str:
    """A process's command line; empty when it is gone."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace")
    return ""

"""The sandbox as a Koji under test."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox import scm
from koji_imagebuild.sandbox.start import Sandbox
from koji_imagebuild.sandbox.state import State

from .under_test import Koji, Leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class SandboxMachine:
    """Faults of a sandbox."""

    sandbox: Sandbox
    environment: Mapping[str, str]

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
        """What of the builder's lies on the machine outside of the builder itself."""
        folder = str(self.sandbox.state.folder)
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        loops = []
        for path in Path("/sys/block").glob("loop*/loop/backing_file"):
            backing = path.read_text().strip()
            if folder in backing or "/image-build/" in backing:
                loops.append(f"{path.parts[3]} {backing}")
        return Leftovers(
            mounts=tuple(line for line in mounts if folder in line),
            loop_devices=tuple(loops),
            processes=tuple(_below(self.sandbox.builder.pid())),
        )


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
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _below(pid: int | None) -> Iterator[str]:
    """Command lines of a process's descendants."""
    if pid is None:
        return
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            yield b" ".join(words).decode(errors="replace")
            yield from _below(int(child))

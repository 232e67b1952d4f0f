"""Faults of a private Koji, as tests of tests/sandbox ask for them."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sandbox import loops
from tests.sandbox.under_test import Leftovers

from .box import children

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from .instance import Instance


#: systemd's TimeoutStopSec, in seconds.
_STOP_PATIENCE = 90.0


@dataclass(frozen=True)
class RealMachine:
    """The machine of a private Koji."""

    instance: Instance
    devices_before: frozenset[str] = field(default_factory=lambda: frozenset(loops.attached()))

    @property
    def roots(self) -> Path:
        return self.instance.state.builder_roots

    def kill_builder(self) -> None:
        self.instance.daemons["kojid"].kill()

    def start_builder(self, configuration: Mapping[str, str] | None = None) -> None:
        _configure(self.instance.state.builder_plugin_conf, configuration)
        if not self.instance.runs("kojid"):
            self.instance.start_kojid()

    def kill_hub(self) -> None:
        self.instance.daemons["hub"].kill()

    def start_hub(self, configuration: Mapping[str, str] | None = None) -> None:
        _configure(self.instance.state.hub_plugin_conf, configuration)
        if not self.instance.runs("hub"):
            self.instance.start_hub()

    def leftovers(self) -> Leftovers:
        box = self.instance.box
        roots = re.compile(f"{re.escape(str(self.instance.state.folder))}/[^/ ]+/roots/")
        mounts = set(Path("/proc/self/mounts").read_text().splitlines())
        # A file on a disk that is mounted for roots may be given relative to that mount.
        ours = (str(self.instance.state.folder), f"/{self.instance.world.build_tag}-")
        mounts |= set(Path(f"/proc/{box.first}/mounts").read_text().splitlines())
        return Leftovers(
            mounts=tuple(filter(roots.search, mounts)),
            loop_devices=(
                *(
                    f"{device} {file}"
                    for device, file in loops.attached().items()
                    if file.startswith(ours)
                ),
                *loops.lost(self.devices_before),
            ),
            processes=tuple(f"{pid} {_words(pid)}" for pid in self._strangers()),
        )

    def running(self, words: str) -> tuple[int, ...]:
        return tuple(pid for pid in self._strangers() if words in _words(pid))

    def kill_tasks(self) -> None:
        for kojid in self._kojids():
            for task in children(kojid):
                os.kill(task, signal.SIGKILL)

    def kill_mock(self) -> None:
        for pid in self.running("/usr/libexec/mock/mock "):
            if " --chroot " in _words(pid):
                os.kill(pid, signal.SIGKILL)

    def second_builder(self, name: str) -> AbstractContextManager[None]:
        return self.instance.other_kojid(name)

    @contextmanager
    def small_disk(self, size: int) -> Iterator[None]:
        kojid, box = self.instance.daemons["kojid"], self.instance.box
        kojid.stop()
        options = f"size={size},mode=2775"
        box.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.roots))
        try:
            self.start_builder()
            yield
        finally:
            self.instance.daemons["kojid"].stop()
            box.run("umount", str(self.roots))
            self.start_builder()

    @contextmanager
    def held_roots(self) -> Iterator[None]:
        with self.instance.roots_lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _kojids(self) -> Iterator[int]:
        for name, daemon in self.instance.daemons.items():
            if name.startswith("kojid") and (pid := daemon.pid()):
                yield pid

    def _strangers(self) -> Iterator[int]:
        """What runs for tasks, and orphans, which the first process of the box adopts."""
        for kojid in self._kojids():
            yield from filter(_words, _below(kojid))  # zombies have none
        for pid in children(self.instance.box.first):
            if not _words(pid).startswith("sleep "):
                yield from filter(_words, (pid, *_below(pid)))


def stop_service(instance: Instance, name: str) -> None:
    """What ``systemctl stop kojid`` does: SIGTERM to the daemon and to all below it, at once.

    It waits for all of them: a task that goes on would write where its next run begins.
    """
    daemon = instance.daemons[name]
    kojid = daemon.pid()
    assert kojid
    service = (kojid, *_below(kojid))
    _signal(service, signal.SIGTERM)
    daemon.stop()
    end = time.monotonic() + _STOP_PATIENCE
    while any(map(_words, service)) and time.monotonic() < end:
        time.sleep(0.05)
    _signal(service, signal.SIGKILL)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _configure(path: Path, configuration: Mapping[str, str] | None) -> None:
    if configuration is None:
        path.unlink(missing_ok=True)
        return
    lines = [f"{key} = {value}" for key, value in configuration.items()]
    path.write_text("\n".join(("[image_build_local]", *lines, "")))


def _below(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _below(child)


def _words(pid: int) -> str:
    """A process's command line; empty when it is gone."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace")
    return ""

"""A Koji to test against: what the tests know of it, and nothing else.

The sandbox is one; an installed Koji can be another. A test gets a :class:`Koji` from its fixture.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import koji
import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path


def deadline(seconds: float) -> float:
    """When to give up waiting, by ``time.monotonic()``; later where processors are wanted more."""
    wanted = os.getloadavg()[0] / (os.cpu_count() or 1)
    return time.monotonic() + seconds * max(1.0, wanted)


def wait_until(there: Callable[[], bool], timeout: float = 60) -> None:
    """Return when it is there, in so many seconds at the most."""
    end = time.monotonic() + timeout
    while not there():
        assert time.monotonic() < end
        time.sleep(0.1)


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Leftovers:
    """What a build must not leave on the machine."""

    mounts: tuple[str, ...] = ()
    loop_devices: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()


class Machine(Protocol):
    """What only tests of faults do to the machine a Koji runs on."""

    def kill_builder(self) -> None:
        """SIGKILL to the builder's daemon."""

    def start_builder(self, configuration: Mapping[str, str] | None = None) -> None:
        """Start it again, with these keys in the builder plugin's configuration."""

    def kill_hub(self) -> None: ...

    def start_hub(self, configuration: Mapping[str, str] | None = None) -> None: ...

    def leftovers(self) -> Leftovers:
        """What is there of builds now: on the machine, and in the builder's own namespace."""

    def running(self, words: str) -> tuple[int, ...]:
        """Processes of builds whose command line holds these words."""

    def kill_tasks(self) -> None:
        """SIGKILL to the process of every task."""

    def kill_mock(self) -> None:
        """SIGKILL to every mock that runs a command in a build root."""

    def second_builder(self, name: str) -> AbstractContextManager[None]:
        """Another builder, for a host that the hub knows already."""

    def small_disk(self, size: int) -> AbstractContextManager[None]:
        """The builder, with build roots on a disk of so many bytes."""

    def held_roots(self) -> AbstractContextManager[None]:
        """No build root gets filled meanwhile; they wait."""

    @property
    def roots(self) -> Path:
        """kojid's mockdir."""


@dataclass(frozen=True)
class Koji:
    """A Koji with the users, tags and packages of the sandbox's world.

    :param koji_command: the real koji
    :param environment: in which that command finds its profiles
    :param profiles: a koji profile for each of the users releng, admin and nobody
    :param publish: commits a folder into the source repository NAME; its SCM URL comes back
    """

    koji_command: Path
    environment: Mapping[str, str]
    profiles: Mapping[str, str]
    target: str
    build_tag: str
    dest_tag: str
    arch: str
    publish: Callable[[Path, str], str]
    machine: Machine
    sessions: dict[str, Any] = field(default_factory=dict)

    def command(self, *words: str, user: str = "releng") -> list[str]:
        return [str(self.koji_command), "-p", self.profiles[user], *words]

    def run(
        self,
        *words: str,
        user: str = "releng",
        status: int | None = 0,
        timeout: float = 240,
        folder: Path | None = None,
    ) -> Ran:
        """Run the koji command line; it must end with the status, unless that is None.

        :param folder: the one it runs in
        """
        done = subprocess.run(
            self.command(*words, user=user),
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=folder,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        assert status in {None, ran.status}, ran.text
        return ran

    @contextmanager
    def start(self, *words: str, user: str = "releng") -> Iterator[subprocess.Popen[str]]:
        """The koji command line, running for as long as the block: its task may never end."""
        with subprocess.Popen(
            self.command(*words, user=user),
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        ) as command:
            try:
                yield command
            finally:
                command.kill()

    def options(self, user: str = "releng") -> dict[str, Any]:
        """What the user's profile says."""
        folder = self.environment["HOME"]
        options: dict[str, Any] = koji.read_config(
            self.profiles[user], user_config=f"{folder}/.koji/config.d/{self.config_name}"
        )
        return options

    def download(self, path: str) -> bytes:
        """A file below Koji's top address."""
        answer = requests.get(f"{self.options()['topurl']}/{path.lstrip('/')}", timeout=60)
        answer.raise_for_status()
        return answer.content

    def session(self, user: str = "releng") -> Any:
        """A logged-in session, one a user; :meth:`close` ends them."""
        if user not in self.sessions:
            self.sessions[user] = self._log_in(user)
        return self.sessions[user]

    def close(self) -> None:
        while self.sessions:
            self.sessions.popitem()[1].rsession.close()

    def _log_in(self, user: str) -> Any:
        options = self.options(user)
        session = koji.ClientSession(options["server"], opts=options)
        session.ssl_login(options["cert"], None, options["serverca"])
        return session

    @property
    def config_name(self) -> str:
        return f"koji-{self.profiles['releng']}.conf"

    def build(self, *words: str, user: str = "releng", timeout: float = 240) -> Built:
        """``koji image-build-local`` to its end."""
        ran = self.run(
            "image-build-local", *words, "--wait", user=user, status=None, timeout=timeout
        )
        return Built(ran, task_of(ran.text))

    def wait(self, task: int, states: tuple[str, ...], timeout: float = 120) -> dict[str, Any]:
        """Wait for a task to reach one of these states, such as CLOSED."""
        session, end = self.session(), deadline(timeout)
        while True:
            info: dict[str, Any] = session.getTaskInfo(task, request=True)
            if koji.TASK_STATES[info["state"]] in states:
                return info
            assert time.monotonic() < end, f"task {task} is {koji.TASK_STATES[info['state']]}"
            time.sleep(0.2)

    def child(self, parent: int, arch: str, timeout: float = 60) -> int:
        """The arch task, as soon as there is one."""
        end = deadline(timeout)
        while True:
            for child in self.session().getTaskChildren(parent):
                if child["label"] == arch:
                    return int(child["id"])
            assert time.monotonic() < end, f"task {parent} has no child for {arch}"
            time.sleep(0.1)

    def settle(self, timeout: float = 30) -> None:
        """Wait until nothing of any build is left; the builder may still be clearing up."""
        building = self.session().listBuilds(state=koji.BUILD_STATES["BUILDING"])
        assert [build["nvr"] for build in building] == []
        end = deadline(timeout)
        while (left := self.machine.leftovers()) != Leftovers():
            assert time.monotonic() < end, left
            time.sleep(0.1)


@dataclass(frozen=True)
class Built:
    """What ``koji image-build-local`` said.

    :param task: the parent's id; 0 when none was made
    """

    ran: Ran
    task: int


def task_of(text: str) -> int:
    """The task id as Pungi finds it."""
    found = re.search(r"^Created task: (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0


def json_of(ran: Ran) -> dict[str, Any]:
    """The one object of ``--json``."""
    document: dict[str, Any] = json.loads(ran.out)
    return document

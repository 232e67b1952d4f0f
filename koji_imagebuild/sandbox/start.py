"""Bringing a sandbox up and down, step by step; every step may run again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.errors import Misconfigured, PreflightError
from koji_imagebuild.sandbox import certificates, contents, profile, sessions, world
from koji_imagebuild.sandbox.installation import plugin_folder
from koji_imagebuild.sandbox.processes import Daemon
from koji_imagebuild.sandbox.root import removal
from koji_imagebuild.sandbox.state import Endpoints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from koji_imagebuild.sandbox.state import State

Say = Callable[[str], None]

#: Seconds until a daemon has to be ready.
PATIENCE = 60.0
PREFERRED_PORTS = (8443, 8080)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox as something to start and stop."""

    state: State

    @property
    def hub(self) -> Daemon:
        return self._daemon("hub", ("--hub-plugins", str(plugin_folder("hub_plugin"))), grace=10)

    @property
    def builder(self) -> Daemon:
        # It ends its tasks one after the other, three seconds each (koji.daemon, cleanupTask).
        return self._daemon(
            "builder", ("--plugins", str(plugin_folder("builder_plugin"))), grace=15
        )

    def exists(self) -> bool:
        return (self.state.folder / "endpoints.json").is_file()

    def is_running(self) -> bool:
        return self.hub.pid() is not None and self.builder.pid() is not None

    def start(self, say: Say) -> Endpoints:
        """Make what is missing and start what does not run, up to a builder that takes tasks.

        :raises koji.GenericError: when something prevents it
        """
        require_root("koji-sandbox start")
        populated = world.of_host()
        with self._alone():
            endpoints = self._endpoints()
            profile.ProfileFile(self.state, endpoints).write()
            certificates.ensure(self.state.certs)
            packages = contents.make_packages(self.state, populated, say)
            _start(self.hub, say)
            contents.populate(self.state, populated, packages, say)
            # The world has the builder's host; before, it could not log in.
            _start(self.builder, say)
            with sessions.logged_in(self.state, "releng") as session:
                contents.ensure_repository(session, populated, say)
        return endpoints

    def stop(self, say: Say) -> bool:
        """End both daemons, the builder first: it gives its tasks back to the hub.

        :returns: False when neither was running
        """
        if not self.exists():
            return False
        with self._alone():
            return self._stop(say)

    def remove(self, say: Say) -> None:
        """Stop it and remove all of it: builds, logs, certificates, the koji profiles."""
        with self._alone():
            self._stop(say)
            profile.ProfileFile(self.state, self.state.endpoints()).remove()
            removal.remove(self.state.folder)

    def _stop(self, say: Say) -> bool:
        stopped = [daemon.name for daemon in (self.builder, self.hub) if daemon.stop()]
        if stopped:
            say(f"{' and '.join(stopped)} stopped")
        return bool(stopped)

    def _daemon(self, name: str, arguments: tuple[str, ...], grace: float) -> Daemon:
        return Daemon(
            name=name,
            module=f"koji_imagebuild.sandbox.{name}",
            arguments=("--state", str(self.state.folder), *arguments),
            run=self.state.run,
            logs=self.state.logs,
            grace=grace,
        )

    def _endpoints(self) -> Endpoints:
        """Give the addresses of this sandbox; a new one gets ports that are free now."""
        if self.exists():
            endpoints = self.state.endpoints()
            if self.hub.pid() is None:
                for port in (endpoints.hub_port, endpoints.files_port):
                    _refuse_taken(port)
            return endpoints
        _refuse_foreign(self.state.folder)
        hub_port, files_port = free_ports(PREFERRED_PORTS)
        endpoints = Endpoints(profile.name(self.state), hub_port, files_port)
        self.state.write_endpoints(endpoints)
        return endpoints

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one command at a time start or stop this sandbox."""
        folder = self.state.folder
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(0o700)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _start(daemon: Daemon, say: Say) -> None:
    if daemon.start(PATIENCE):
        say(f"{daemon.name} started, pid {daemon.pid()}")


def require_root(command: str) -> None:
    """:raises PreflightError: for anybody else"""
    if os.geteuid() != 0:
        raise PreflightError(
            f"{command} needs root: build roots are file systems with mounts and devices",
            repair=f"sudo {command}",
        )


def free_ports(preferred: Iterable[int]) -> tuple[int, ...]:
    """Find free ports of 127.0.0.1, for each preferred one another if somebody has it."""
    with contextlib.ExitStack() as stack:
        # They are all held until the last is found, so none is found twice.
        return tuple(_hold(port, stack) or _hold(0, stack) for port in preferred)


def _hold(port: int, stack: contextlib.ExitStack) -> int:
    """Take a port of 127.0.0.1 for as long as the stack is open; 0 means any, and none is had."""
    probe = stack.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
    return int(probe.getsockname()[1])


def _refuse_taken(port: int) -> None:
    if free_ports([port]) != (port,):
        raise PreflightError(
            f"port {port} of 127.0.0.1 is taken, and builds of this sandbox name it",
            repair="End the program that has it, or begin anew with: koji-sandbox reset",
        )


def _refuse_foreign(folder: Path) -> None:
    if any(folder.iterdir()):
        raise Misconfigured(
            f"{folder} is not empty and no sandbox", repair="Give --state another folder"
        )

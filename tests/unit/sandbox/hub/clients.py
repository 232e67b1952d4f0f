"""A hub in this process, and clients that talk to it as Koji's do: over TLS, by certificate."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.hub import server
from koji_imagebuild.sandbox.hub.opening import open_hub
from koji_imagebuild.sandbox.state import Endpoints, State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCH = "x86_64"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client(koji.ClientSession):  # type: ignore[misc]  # Koji has no type information
    """Koji's session logs out when it is collected: that must not happen in a hub's thread."""

    def __del__(self) -> None:
        self.rsession.close()


def client(state: State, user: str | None) -> Any:
    """A session as the command line makes it; without a user an anonymous one."""
    options = {
        "serverca": str(state.certs / "ca.pem"),
        "use_fast_upload": True,
        "max_retries": 0,
        "retry_interval": 0,
    }
    if user is None:
        return Client(state.endpoints().server, options)
    options["cert"] = str(state.certs / f"{user}.pem")
    session = Client(state.endpoints().server, options)
    session.ssl_login()
    return session


def document(result: object) -> str:
    """A task's result as builders send it."""
    return str(koji.xmlrpcplus.dumps((result,), methodresponse=1))


@dataclass
class Builder:
    """A builder's side of the protocol, one call a step."""

    session: Any

    def ready(self) -> None:
        self.session.host.updateHost(task_load=0.0, ready=True, data={"methods": [], "maxjobs": 10})

    def take(self, task_id: int) -> int:
        """Open a task; the hub lets a builder open what is free, whoever dealt it out."""
        assert self.session.host.openTask(task_id) is not None
        return task_id

    def child(self, parent: int, label: str, **opts: Any) -> int:
        """An open child task."""
        opts.setdefault("arch", ARCH)
        return self.take(
            self.session.host.subtask("createKiwiImage", [], parent, label=label, **opts)
        )

    def upload(self, task_id: int, name: str, content: bytes = b"content") -> None:
        folder = koji.pathinfo.taskrelpath(task_id)
        self.session.rawUpload(content, 0, folder, name, overwrite=True)

    def close(self, task_id: int, result: object = None) -> None:
        self.session.host.closeTask(task_id, document(result))


@dataclass
class Sandbox:
    """A running hub with its users. The certificates are shared by all tests."""

    state: State
    admin: Any
    releng: Any
    nobody: Any
    builder: Builder

    @property
    def topdir(self) -> Path:
        return self.state.topdir

    @property
    def paths(self) -> Any:
        return koji.PathInfo(topdir=str(self.state.topdir))

    def anonymous(self) -> Any:
        return client(self.state, None)

    def login(self, user: str) -> Any:
        return client(self.state, user)

    def task(self, method: str = "kiwiBuild", request: tuple[object, ...] = (), **opts: Any) -> int:
        """A new top-level task, owned by admin."""
        return int(self.admin.makeTask(method, list(request), **opts))

    def open_task(self, **opts: Any) -> int:
        return self.builder.take(self.task(**opts))


def populate(admin: Any) -> None:
    for user in ("releng", "nobody"):
        admin.createUser(user)
    admin.grantPermission("releng", "image")
    admin.addHost("builder", [ARCH])
    admin.editHost("builder", capacity=20.0)
    for channel in ("image", "createrepo"):
        admin.addHostToChannel("builder", channel)
    admin.createTag("minidist-build", arches=ARCH)
    admin.createTag("minidist-candidate")
    admin.createBuildTarget("minidist", "minidist-build", "minidist-candidate")
    admin.packageListAdd("minidist-candidate", "minidist-Disk", "releng")


@contextlib.contextmanager
def running(state: State) -> Iterator[None]:
    """A hub on that state, in this process."""
    hub = open_hub(state, state.endpoints(), None)
    try:
        with server.serving(state, state.endpoints(), hub):
            yield
    finally:
        hub.database.close()


@contextlib.contextmanager
def opened(state: State) -> Iterator[Sandbox]:
    """Clients of the hub that runs on that state."""
    users = [client(state, user) for user in ("admin", "releng", "nobody", "builder")]
    try:
        users[-1].exclusiveSession(force=True)
        yield Sandbox(state, *users[:3], Builder(users[-1]))
    finally:
        for session in users:
            with contextlib.suppress(koji.AuthError, OSError):
                session.logout()


def new_state(folder: Path, certs: Path) -> State:
    state = State(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certs").symlink_to(certs)
    state.write_endpoints(Endpoints("sandbox", free_port(), free_port()))
    return state

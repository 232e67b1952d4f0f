"""A private Koji: PostgreSQL, hub, kojid and kojira of an installed Koji, in a box of their own."""

from __future__ import annotations

import sysconfig
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import koji as koji_library

import koji_imagebuild
from koji_imagebuild.adapters.configuration import BUILDER_VARIABLE, HUB_VARIABLE
from koji_imagebuild.sandbox import certificates, contents, profile, sessions, start, world
from koji_imagebuild.sandbox.state import Endpoints, State

from . import configuration
from .box import box
from .database import Database, programs
from .installed import tree
from .mail import mailbox
from .scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from koji_imagebuild.sandbox.world import World

    from .box import Box, Daemon

_SERVE = Path(__file__).with_name("serve_hub.py")
_PYTHON = "/usr/bin/python3"
_PATIENCE = 60.0  # seconds
#: Of the builder: five arch tasks and many that wait. Most of the time each waits for kojid, which
#: looks once a second whether mock has ended (builder/kojid, BuildRoot.mock).
_CAPACITY = 25.0


@dataclass(frozen=True)
class Instance:
    """A private Koji, as something whose parts are started and killed.

    :param mail_port: of 127.0.0.1, where its mails are taken
    :param changes: of the configurations of hub, kojids and kojira, by daemon; read when it starts
    """

    state: State
    world: World
    box: Box
    mail_port: int
    daemons: dict[str, Daemon] = field(default_factory=dict)
    changes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """For koji's profiles."""
        return self.state.folder / "home"

    @property
    def roots_lock(self) -> Path:
        """Whoever has it keeps mock from filling build roots, see box.sh."""
        return self.state.folder / "roots.lock"

    def runs(self, name: str) -> bool:
        return name in self.daemons and self.daemons[name].pid() is not None

    def start_database(self) -> None:
        found = programs()
        assert found
        log = self.state.logs / "postgresql.log"
        self.daemons["postgresql"] = Database(self._database, log, self.box, found).start()

    def start_hub(self) -> None:
        endpoints = self.state.endpoints()
        changes = self.changes.get("hub", {})
        config = self._write("hub", configuration.hub(self.state, self._database, changes))
        argv = (
            *(_PYTHON, str(_SERVE), f"--config={config}", f"--state={self.state.folder}"),
            *("--ports", str(endpoints.hub_port), str(endpoints.files_port)),
            f"--more-modules={sysconfig.get_path('purelib')}",
        )
        self._start("hub", argv, {HUB_VARIABLE: str(self.state.hub_plugin_conf)})
        self._await("hub", self._hub_answers)

    def start_kojid(self) -> None:
        own = configuration.Builder(self.world.host.name, self.state.builder_roots.parent)
        self._start_kojid("kojid", own)

    @contextmanager
    def other_kojid(self, host: str) -> Iterator[None]:
        """Run another one, named kojid-HOST here, for a host that the hub knows already."""
        name = f"kojid-{host}"
        builder = configuration.Builder(host, self.state.folder / host)
        for folder in (builder.work, builder.roots):
            folder.mkdir(parents=True, exist_ok=True)
        certificates.ensure(self.state.certs, (host,))
        # Each takes every mock configuration on its machine for one of its own build roots.
        alone = 'mount -t tmpfs tmpfs /etc/mock/koji && exec "$@"'
        try:
            self._start_kojid(name, builder, "unshare", "--mount", "sh", "-c", alone, "sh")
            yield
        finally:
            self.daemons.pop(name).stop()

    def _start_kojid(self, name: str, builder: configuration.Builder, *within: str) -> None:
        changes = self.changes.get(name, {})
        text = configuration.kojid(self.state, builder, self.mail_port, changes)
        options = (f"--config={self._write(name, text)}", "--fg", "--force-lock", "--verbose")
        begin = time.time()
        told = {BUILDER_VARIABLE: str(self.state.builder_plugin_conf)}
        self._start(name, (*within, "/usr/sbin/kojid", *options), told)
        self._await(name, lambda: self._reported_since(builder.host, begin))

    def start_kojira(self) -> None:
        text = configuration.kojira(self.state, self.changes.get("kojira", {}))
        config = self._write("kojira", text)
        self._start(
            "kojira", ("/usr/sbin/kojira", f"--config={config}", "--fg", "--force-lock"), {}
        )

    @property
    def _database(self) -> Path:
        return self.state.folder / "pg"

    def _write(self, name: str, text: str) -> Path:
        path = self.state.folder / f"{name}.conf"
        path.write_text(text)
        return path

    def _start(self, name: str, argv: tuple[str, ...], environment: Mapping[str, str]) -> None:
        # Of the checkout only the library: Koji's own modules come from where it is installed.
        modules = self.state.folder / "python"
        package = Path(koji_imagebuild.__file__).resolve().parent
        if not modules.exists():
            modules.mkdir()
            (modules / package.name).symlink_to(package)
        told = {"PYTHONPATH": str(modules), "PYTHONUNBUFFERED": "1", **environment}
        self.daemons[name] = self.box.start(
            *argv, log=self.state.logs / f"{name}.log", environment=told
        )

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not ready():
            said = (self.state.logs / f"{name}.log").read_text()[-3000:]
            assert self.daemons[name].entered.poll() is None, f"{name} ended: {said}"
            assert time.monotonic() < end, f"{name} is not ready: {said}"
            time.sleep(0.1)

    def _hub_answers(self) -> bool:
        try:
            with sessions.anonymous(self.state) as session:
                session.opts["anon_retry"] = False
                session.getAPIVersion()
        except (OSError, koji_library.GenericError):
            return False
        return True

    def _reported_since(self, name: str, begin: float) -> bool:
        with sessions.anonymous(self.state) as session:
            host = session.getHost(name, strict=True)
            reported = session.getLastHostUpdate(host["id"], ts=True)
        return reported is not None and reported > begin


@contextmanager
def instance() -> Iterator[Instance]:
    """Start a private Koji with the sandbox's world; all of it ends with the block."""
    with scratch() as folder:
        state = _lay_out(folder)
        populated = world.of_host()
        packages = contents.make_packages(state, populated, print)
        with mailbox(state.mailbox) as mail, box(folder, tree()) as made:
            each = Instance(state, populated, made, mail)
            try:
                _start(each, packages)
                yield each
            finally:
                for daemon in each.daemons.values():
                    daemon.kill()


def _lay_out(folder: Path) -> State:
    state = State(folder)
    profiles = folder / "home" / ".koji" / "config.d"
    kojidir = (state.topdir / name for name in ("packages", "repos", "work", "scratch", "vol"))
    daemons = (state.logs, state.scm, state.builder_roots, state.builder_work)
    for each in (profiles, *kojidir, *daemons):
        each.mkdir(parents=True)
    endpoints = Endpoints(folder.name, *start.free_ports((0, 0)))
    state.write_endpoints(endpoints)
    certificates.ensure(state.certs, (*certificates.USERS, "kojira"))
    text = profile.text(state, endpoints)
    (profiles / f"koji-{endpoints.profile}.conf").write_text(text)
    return state


def _start(made: Instance, packages: tuple[Path, ...]) -> None:
    made.roots_lock.touch()
    made.start_database()
    made.start_hub()
    with warnings.catch_warnings():
        # Koji's uploadWrapper leaves its files open.
        warnings.simplefilter("ignore", ResourceWarning)
        contents.populate(made.state, made.world, packages, print)
    with sessions.logged_in(made.state, "admin") as session:
        session.editHost(made.world.host.name, capacity=_CAPACITY)
    made.start_kojid()
    made.start_kojira()
    with sessions.logged_in(made.state, "releng") as session:
        contents.ensure_repository(session, made.world, print)

"""kojid's main loop (builder/kojid:134 and 6955)."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import koji
import koji.plugin
import koji.tasks

from koji_imagebuild.adapters import leftovers
from koji_imagebuild.sandbox.builder import tasks
from koji_imagebuild.sandbox.builder.manager import Manager
from koji_imagebuild.sandbox.root import removal

if TYPE_CHECKING:
    from collections.abc import Callable

    from koji_imagebuild.sandbox.builder.options import Options

#: Exit status that asks to be started again.
RESTART = 75

log = logging.getLogger("koji.build")


def run(options: Options, plugins: Path, ready: Callable[[], None]) -> int:
    """Take and run tasks until told to stop.

    :param ready: called once, when tasks are taken
    :returns: exit status
    """
    koji.BASEDIR = koji.pathinfo.topdir = options.topdir
    # A newRepo is done in seconds here; Koji's waitrepo would look again after a minute.
    koji.tasks.WaitrepoTask.PAUSE = 1
    _remove_leftovers(options)
    session = login(options)
    manager = Manager(options, session)
    register(manager, plugins)

    def stop(*_: object) -> NoReturn:
        raise SystemExit

    def restart(*_: object) -> None:
        manager.restart_pending = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR1, restart)
    ready()
    code = _work(manager, options.sleeptime)
    log.warning("Shutting down, please wait...")
    manager.shutdown()
    session.logout()
    return code


def login(options: Options) -> Any:
    """Log in as the host and take its exclusive session.

    The lock of a builder that was killed is taken over: its namespace is gone, nobody works on.
    """
    session = koji.ClientSession(options.server, koji.grab_session_options(options))
    session.ssl_login(options.cert, None, options.serverca)
    session.exclusiveSession(force=True)
    return session


def register(manager: Manager, plugins: Path) -> None:
    """Make tasks known: the stand-ins, Koji's own, every plugin of the folder."""
    manager.findHandlers(vars(tasks))
    manager.findHandlers(vars(koji.tasks))
    tracker = koji.plugin.PluginTracker(path=str(plugins))
    for path in sorted(plugins.glob("*.py")):
        log.info("Loading plugin: %s", path)
        manager.scanPlugin(tracker.load(path.stem))


def _work(manager: Manager, pause: float) -> int:
    """Loop as kojid does: what is not an order to end is logged, and work goes on."""
    taken = False
    while True:
        try:
            if not taken:
                manager.updateBuildroots()
            manager.updateTasks()
            taken = manager.getNextTask()
            if not taken:
                # SIGTERM during the pause must still end in shutdown().
                time.sleep(pause)
        except (SystemExit, KeyboardInterrupt, koji.tasks.ServerExit):  # noqa: PERF203  # see above
            return 0
        except koji.tasks.ServerRestart:
            return RESTART
        except koji.RetryError:
            raise
        except (koji.AuthExpired, koji.AuthError):
            log.exception("The hub does not accept the session any more")
            return 1
        except Exception:
            log.exception("Going on after an error")
            taken = False
            time.sleep(pause)


def _remove_leftovers(options: Options) -> None:
    """Remove what killed tasks left: they run again from the start, in the same folders.

    Loop devices first: behind the roots nobody could tell any more whose they are.
    """
    leftovers.release_below(Path(options.mockdir))
    for folder in (Path(options.workdir), Path(options.mockdir)):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            removal.remove(path)

"""What a new sandbox is filled with: minidist's packages, the world they serve, a repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from koji.util import RepoWatcher

from koji_imagebuild.sandbox.minidist import build
from koji_imagebuild.sandbox.seed import seed
from koji_imagebuild.sandbox.world import MINIDIST

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.state import State

Say = Callable[[str], None]


def minidist_folder() -> Path:
    """Where minidist's packages are kept: not in a sandbox, so that all of them share it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "koji-imagebuild" / "minidist"


def make_packages(state: State, say: Say) -> tuple[Path, ...]:
    """Make minidist unless it is there; none for a sandbox that has its packages already.

    :raises koji.GenericError: when this machine cannot make it
    """
    if _stamp(state).exists():
        return ()
    folder = minidist_folder()
    if not build.fresh(folder):
        say("making minidist, the RPM distribution to build images of; about half a minute")
        state.logs.mkdir(exist_ok=True)
        build.make(folder, state.logs / "minidist.log", lambda line: say(f"  {line}"))
    return build.packages(folder)


def populate(state: State, packages: tuple[Path, ...], say: Say) -> None:
    """Put the world on the hub, which must be running.

    A killed run is repeated; a sandbox that was populated keeps what its users made of it.
    """
    if _stamp(state).exists():
        return
    seed(state, packages)
    _stamp(state).touch()
    say(f"{len(packages)} packages imported, target {MINIDIST.target} made")


def ensure_repository(session: Any, say: Say) -> None:
    """Have a current repository of the build tag, so that the first build starts at once.

    :param session: of a user; anybody may ask for a repository
    :raises koji.GenericError: when none can be made
    """
    watcher = RepoWatcher(session, MINIDIST.build_tag, min_event="last")
    watcher.PAUSE = 0.1  # seconds
    watcher.TIMEOUT = 5  # minutes
    if watcher.getRepo() is None:
        found = watcher.waitrepo()
        say(f"repository {found['id']} of {MINIDIST.build_tag} made")


def _stamp(state: State) -> Path:
    return state.folder / "populated"

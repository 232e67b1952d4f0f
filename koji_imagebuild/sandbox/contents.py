"""What a new sandbox is filled with: packages, the world they serve, a repository."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from koji.util import RepoWatcher

from koji_imagebuild.sandbox import host_repos
from koji_imagebuild.sandbox.minidist import build
from koji_imagebuild.sandbox.seed import seed

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.state import State
    from koji_imagebuild.sandbox.world import World

Say = Callable[[str], None]


def minidist_folder() -> Path:
    """Where minidist's packages are kept: not in a sandbox, so that all of them share it."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "koji-imagebuild" / "minidist"


def make_packages(state: State, world: World, say: Say) -> tuple[Path, ...]:
    """Make minidist unless it is there.

    :returns: none for a sandbox that has its packages already, or takes them from repositories
    :raises koji.GenericError: when this machine cannot make it
    """
    if world.host_repos or _stamp(state).exists():
        return ()
    if made := os.environ.get(build.MADE):
        return build.packages(Path(made))
    folder = minidist_folder()
    if not build.fresh(folder):
        say("making minidist, the RPM distribution to build images of; about half a minute")
        state.logs.mkdir(exist_ok=True)
        build.make(folder, state.logs / "minidist.log", lambda line: say(f"  {line}"))
    return build.packages(folder)


def populate(state: State, world: World, packages: tuple[Path, ...], say: Say) -> None:
    """Put the world on the hub, which must be running.

    A killed run is repeated; a sandbox that was populated keeps what its users made of it.
    """
    if _stamp(state).exists():
        return
    if world.host_repos:
        world = replace(world, external_repos=host_repos.find(world.host_repos))
        for name, url in world.external_repos.items():
            say(f"{world.build_tag} takes packages from {name}, {url}")
    seed(state, packages, world)
    _stamp(state).touch()
    say(f"{len(packages)} packages imported, target {world.target} made")


def ensure_repository(session: Any, world: World, say: Say) -> None:
    """Have a current repository of the build tag, so that the first build starts at once.

    :param session: of a user; anybody may ask for a repository
    :raises koji.GenericError: when none can be made
    """
    watcher = RepoWatcher(session, world.build_tag, min_event="last")
    watcher.PAUSE = 0.1  # seconds
    # Minutes; the metadata of a whole distribution is fetched and merged where it is external.
    watcher.TIMEOUT = 30 if world.host_repos else 5
    if watcher.getRepo() is None:
        found = watcher.waitrepo()
        say(f"repository {found['id']} of {world.build_tag} made")


def _stamp(state: State) -> Path:
    return state.folder / "populated"

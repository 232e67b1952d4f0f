"""Git repositories that the sandbox serves: a folder's content becomes a commit."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from koji_imagebuild.sandbox.state import State

BRANCH = "main"

_WHO = {
    "GIT_AUTHOR_NAME": "koji-sandbox",
    "GIT_AUTHOR_EMAIL": "koji-sandbox@localhost",
    "GIT_COMMITTER_NAME": "koji-sandbox",
    "GIT_COMMITTER_EMAIL": "koji-sandbox@localhost",
}
# The same commit whatever the user's or the machine's git is told to do with line ends and modes.
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"}


def publish(state: State, folder: Path, name: str) -> str:
    """Commit a folder into the sandbox's repository NAME, unless nothing changed.

    It is served as ``git+http://127.0.0.1:PORT/scm/NAME#main`` (``Endpoints.scm``).

    :returns: the commit
    :raises DescriptionError: when git fails, with its own lines
    """
    if not folder.is_dir():
        raise DescriptionError(f"{folder} is no folder")
    repository = state.scm / name
    if not (repository / "HEAD").exists():
        repository.mkdir(parents=True, exist_ok=True)
        _git(("init", "--quiet", "--bare", str(repository)), {})
        _git(("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}"), {"GIT_DIR": str(repository)})
    commit = _commit(repository, folder.resolve())
    where = {"GIT_DIR": str(repository)}
    # git's plain http transport reads these files, and one pack faster than many objects.
    _git(("repack", "-a", "-d", "--quiet"), where)
    _git(("update-server-info",), where)
    return commit


def _commit(repository: Path, folder: Path) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        where = {
            "GIT_DIR": str(repository),
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
        }
        _git(("add", "--all", "--force", "."), where, folder)
        tree = _git(("write-tree",), where)
    where = {"GIT_DIR": str(repository)}
    head = _git(("for-each-ref", "--format=%(objectname) %(tree)", f"refs/heads/{BRANCH}"), where)
    parent, _, published = head.partition(" ")
    if published == tree:
        return parent
    parents = ("-p", parent) if parent else ()
    commit = _git(("commit-tree", "-m", f"Content of {folder.name}", *parents, tree), where)
    _git(("update-ref", f"refs/heads/{BRANCH}", commit), where)
    return commit


def _git(arguments: tuple[str, ...], where: Mapping[str, str], cwd: Path | None = None) -> str:
    done = subprocess.run(
        ("git", "-c", "core.fileMode=true", *arguments),
        env={**os.environ, **_ALONE, **_WHO, **where},
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise DescriptionError(
            f"git {arguments[0]} failed for {where.get('GIT_WORK_TREE') or where.get('GIT_DIR')}",
            lines=done.stderr.splitlines()[-10:],
        )
    return done.stdout.strip()

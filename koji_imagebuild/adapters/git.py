"""Checking out a commit with git.

Koji's own ``SCM.checkout`` does the same, but it looks after every command only every two seconds
(koji/daemon.py, log_output), six seconds a checkout.
"""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from koji_imagebuild.adapters import process
from koji_imagebuild.errors import DescriptionError, Infrastructure, Told
from koji_imagebuild.model.source import Location
from koji_imagebuild.pipeline.ports import Checkout
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 1800.0
_SHOWN = 10

# A checkout is other people's files: no hook of theirs runs, no filter fetches, nobody is asked.
_GIT = (
    "git",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "filter.lfs.smudge=",
    "-c",
    "filter.lfs.process=",
    "-c",
    "filter.lfs.required=false",
    "-c",
    "advice.detachedHead=false",
)
_KEPT = ("HOME", "http_proxy", "https_proxy", "no_proxy", "SSH_AUTH_SOCK")
_UNREACHABLE = (
    "Could not resolve host",
    "Failed to connect",
    "Connection timed out",
    "Connection refused",
    "Connection reset",
    "The requested URL returned error: 5",
)


def fetch(scm: Any, into: Path, log: Path) -> Checkout:
    """What a Koji SCM URL names, in a new folder below ``into``.

    :param scm: the URL's ``koji.daemon.SCM``
    :raises: as :func:`check_out`, and DescriptionError for a module that is not there
    """
    name = PurePosixPath(scm.repository).name
    folder = into / (name[: -len(".git")] or "source" if name.endswith(".git") else name)
    user = f"{scm.user}@" if scm.user else ""
    scheme = scm.scheme.partition("+")[2] or scm.scheme
    commit = check_out(f"{scheme}{user}{scm.host}{scm.repository}", scm.revision, folder, log)
    pinned = Location(url=f"{scm.url.rpartition('#')[0]}#{commit}")
    return Checkout(Tree(folder, "the repository").path(scm.module or "."), pinned)


def check_out(url: str, revision: str, folder: Path, log: Path) -> str:
    """Check a revision out into a new folder.

    :param url: as git takes it
    :param revision: a branch, a tag, any ref the server has, or a commit
    :param log: gets what git says
    :returns: the commit
    :raises DescriptionError: when there is no such repository or revision
    :raises Infrastructure: when the server could not be reached
    """
    git = _Git(url, log)
    git.run("clone", "--no-checkout", "--", url, str(folder))
    wanted = revision.removeprefix("origin/")
    inside = ("-C", str(folder))
    fetched = git.call(*inside, "fetch", "--no-tags", "origin", f"+{wanted}:refs/koji/wanted")
    name = wanted if fetched.status else "refs/koji/wanted"
    found = git.call(*inside, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    if found.status:
        raise git.failure(f"{url} has no branch, tag or commit {revision}", fetched)
    commit = found.output.strip().splitlines()[-1]
    git.run(*inside, "checkout", "--detach", "--force", commit)
    return commit


class _Git:
    def __init__(self, url: str, log: Path) -> None:
        self._url = url
        self._log = log
        self._environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
        self._environment["GIT_TERMINAL_PROMPT"] = "0"

    def run(self, *arguments: str) -> None:
        """:raises: as :func:`check_out`"""
        done = self.call(*arguments)
        if done.status:
            command = next(word for word in arguments if not word.startswith(("-", "/")))
            raise self.failure(f"git {command} of {self._url} failed", done)

    def failure(self, what: str, done: process.Done) -> Told:
        unreachable = any(words in done.output for words in _UNREACHABLE)
        kind = Infrastructure if unreachable else DescriptionError
        lines = done.output.strip().splitlines()[-_SHOWN:]
        return kind(what, lines=lines, log=self._log.name)

    def call(self, *arguments: str) -> process.Done:
        done = process.call((*_GIT, *arguments), _SECONDS, self._environment)
        with self._log.open("a") as log:
            log.write(f"$ git {' '.join(arguments)}\n{done.output}")
        return done

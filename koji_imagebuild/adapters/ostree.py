"""Fetching an OSTree commit outside of the build root."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING, Final

from koji_imagebuild.adapters import process
from koji_imagebuild.errors import Infrastructure, PreflightError, RequestError, Told
from koji_imagebuild.model.ostree import OSTreeFetched

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.adapters.configuration import BuilderConfiguration
    from koji_imagebuild.model.ostree import OSTreeSource

_KEPT: Final = ("http_proxy", "https_proxy", "no_proxy")
_COMMIT: Final = re.compile(r"[0-9a-f]{64}\Z")
_SHOWN: Final = 3
_REMOTE: Final = "origin"
# libostree's and libcurl's words; its status is 1 for everything.
_UNKNOWN: Final = ("No such metadata object", "Server returned HTTP 404", "No such branch")
_NETWORK: Final = (
    "Could not resolve",
    "Couldn't connect",
    "Failed to connect",
    "Connection refused",
    "Connection reset",
    "Timeout was reached",
    "Server returned HTTP 5",
)


class OSTreeRepositories:
    """OSTree repositories, as this builder reaches them."""

    def __init__(self, settings: BuilderConfiguration) -> None:
        self._settings = settings

    def mirror(self, source: OSTreeSource, into: Path) -> OSTreeFetched:
        """Make a repository that has the commit, and the ref when it was named by one.

        :param into: a new folder
        :raises RequestError: when there is no such commit
        :raises Infrastructure: when the repository cannot be reached
        """
        repo = f"--repo={into}"
        # As osbuild makes the one in its store (sources/org.osbuild.ostree).
        self._ostree(source, "init", repo, "--mode=archive")
        # It knows no "--" here; an address was checked to begin with its scheme.
        self._ostree(source, "remote", "add", repo, "--no-gpg-verify", _REMOTE, source.url)
        self._ostree(source, "pull", repo, "--mirror", "--depth=0", "--", _REMOTE, source.ref)
        commit = self._ostree(source, "rev-parse", repo, "--", source.ref).strip()
        if not _COMMIT.match(commit):
            raise RequestError(f"{source.url}: {source.ref} is no commit", lines=(commit,))
        self._ostree(source, "remote", "delete", repo, _REMOTE)
        return OSTreeFetched(source, commit)

    def _ostree(self, source: OSTreeSource, *words: str) -> str:
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        done = process.call(("ostree", *words), self._settings.fetch_timeout, kept)
        if done.status:
            raise _failure(source, done)
        return done.output


def _failure(source: OSTreeSource, done: process.Done) -> Told:
    what = f"{source.ref} of {source.url} could not be fetched"
    lines = tuple(line for line in done.output.splitlines() if line.strip())[-_SHOWN:]
    if done.status == process.NOT_FOUND:
        return PreflightError(
            f"{what}: this builder has no ostree",
            repair="Install it there: dnf install ostree; or set network = root in its"
            " image_build_local.conf, where build roots reach the repository themselves",
        )
    if "No space left on device" in done.output:
        raise OSError(errno.ENOSPC, f"fetching {source.ref}")
    if any(words in done.output for words in _UNKNOWN):
        return RequestError(f"{source.url} has no {source.ref}", lines=lines)
    unreachable = any(words in done.output for words in _NETWORK)
    if done.status == process.TIMED_OUT or unreachable:
        return Infrastructure(what, lines=lines)
    return RequestError(what, lines=lines)

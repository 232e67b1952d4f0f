"""The repositories of the host's own dnf, as addresses that others can use."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.sandbox.root import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_METALINK = "{http://www.metalinker.org/}"
_INDEX = "repodata/repomd.xml"


def find(names: Sequence[str]) -> Mapping[str, str]:
    """Find where dnf takes packages from.

    :param names: ids of repositories, which must be enabled
    :returns: a base URL each, in the order of the names
    :raises PreflightError: when dnf does not tell
    :raises Infrastructure: when a list of mirrors cannot be had
    """
    # Its documentation is the contract: dnf5-repo(8), JSON Output. Variables are expanded there.
    argv = ("dnf", "--quiet", "repo", "info", "--json", *names)
    done = subprocess.run(
        argv,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise PreflightError(f"{' '.join(argv)} failed", lines=done.stderr.splitlines()[-10:])
    return {name: _base_url(repo) for name, repo in enabled(done.stdout, names).items()}


def enabled(said: str, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Read what dnf says of repositories.

    :raises PreflightError: when one is not there or not enabled
    """
    found = {repo["id"]: repo for repo in json.loads(said) if repo["is_enabled"]}
    for name in names:
        if name not in found:
            raise PreflightError(
                f"dnf has no enabled repository {name}, which the sandbox takes packages from",
                repair=f"dnf config-manager setopt {name}.enabled=1",
            )
    return {name: found[name] for name in names}


def _base_url(repo: Mapping[str, Any]) -> str:
    if repo["base_url"]:
        return _folder(repo["base_url"][0])
    if repo["metalink"]:
        return mirror(metadata.fetch(repo["metalink"]), repo["metalink"])
    raise PreflightError(
        f"dnf's repository {repo['id']} has neither baseurl nor metalink",
        repair=f"dnf config-manager setopt {repo['id']}.baseurl=URL",
    )


def mirror(metalink: bytes, where: str) -> str:
    """Take the first mirror that speaks http from a metalink: it lists the best one first.

    :raises PreflightError: when there is none
    """
    for url in metadata.parse(metalink, where).iter(f"{_METALINK}url"):
        address = (url.text or "").strip()
        if address.startswith(("https://", "http://")) and address.endswith(_INDEX):
            return _folder(address[: -len(_INDEX)])
    raise PreflightError(f"no mirror in {where} speaks http")


def _folder(url: str) -> str:
    """End a URL as Koji does, which takes an external repository's URL for a prefix."""
    return f"{url.rstrip('/')}/"

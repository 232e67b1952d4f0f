"""Where a build root's packages come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.model.repo import Repo


def addresses(repos: Sequence[Repo], arch: str, releasever: str | None) -> tuple[str, ...]:
    """Base addresses for dnf.

    :raises RequestError: for a list of mirrors, or a variable nobody gave a value
    """
    return tuple(_address(repo.expanded(arch, releasever)) for repo in repos)


def _address(repo: Repo) -> str:
    if repo.kind != "baseurl":
        raise RequestError(
            f"{repo.url} is a {repo.kind}; a build root is filled from a repository itself",
            repair="Give one of its mirrors as --root-repo URL",
        )
    if "$" in repo.url:
        raise RequestError(
            f"{repo.url} holds a variable that has no value here",
            repair="Give --releasever, or the address without variables as --root-repo URL",
        )
    return repo.url.rstrip("/")

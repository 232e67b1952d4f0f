"""OSTree commits that an image is made from or follows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OSTreeSource:
    """What a build needs of a repository.

    :param url: its address
    :param ref: a ref in it, or a commit
    """

    url: str
    ref: str


@dataclass(frozen=True)
class OSTreeFetched:
    """A commit that was put into a build root."""

    source: OSTreeSource
    commit: str

"""External repositories: which RPMs of a merged repository came from one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.sandbox.root import metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def mark(
    packages: Iterable[dict[str, Any]], repo_url: str, external: Sequence[dict[str, Any]], arch: str
) -> None:
    """Add ``external_repo`` and ``location`` to RPMs of external repositories.

    Contract: markExternalRPMs, builder/kojid:765.

    :param repo_url: the merged repository of one arch; mergerepo_c wrote each RPM's origin into it
    :param external: as getExternalRepoList gives them
    :raises koji.BuildError: for an RPM that is not in the repository
    """
    by_url = {repo["url"].replace("$arch", arch): repo for repo in external}
    origins = _origins(repo_url)
    for package in packages:
        nvra = "{name}-{version}-{release}.{arch}".format(**package)
        origin = origins.get(nvra)
        if origin is None:
            raise koji.BuildError(f"No origin for {nvra}")
        if origin in by_url:
            package["external_repo"] = by_url[origin]
            package["location"] = by_url[origin]["external_repo_id"]
        elif not origin.startswith("file://"):
            # The tag's own RPMs come from a folder of the task that merged them.
            raise koji.BuildError(f"Unknown origin for {nvra}: {origin}")


def _origins(repo_url: str) -> dict[str, str]:
    found = {}
    for line in metadata.part(repo_url, "origin").decode().splitlines():
        words = line.split(None, 2)
        if len(words) > 1:
            parsed = koji.parse_NVRA(words[0])
            found["{name}-{version}-{release}.{arch}".format(**parsed)] = words[1]
    return found

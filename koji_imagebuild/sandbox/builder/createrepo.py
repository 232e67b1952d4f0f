"""Argument lists that make a tag's repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MERGE_MODES = {
    "koji": ("--koji",),
    "simple": ("--koji", "--simple"),
    "bare": ("--pkgorigins", "--all"),
}


def index(folder: Path, made: Path, comps: Path | None) -> tuple[str, ...]:
    """Index the packages of ``folder``'s pkglist into ``made``."""
    groups = ("--groupfile", str(comps)) if comps else ()
    command = ("createrepo_c", "--error-exit-val", "--no-database", *groups)
    pkglist = folder / "pkglist"
    # Without packages there is nothing to list; the folder itself holds a link to all of Koji.
    if pkglist.stat().st_size == 0:
        return (*command, str(made))
    return (*command, "--outputdir", str(made), "--pkglist", str(pkglist), str(folder))


def merge(
    folder: Path, own: Path, made: Path, comps: Path | None, external: Sequence[dict[str, Any]]
) -> tuple[str, ...]:
    """Merge a tag's own repository with its external ones (merge_repos, builder/kojid:6115).

    :param external: as getExternalRepoList gives them
    :raises koji.GenericError: when they are to be merged in different ways
    """
    arch = folder.name
    modes = {repo.get("merge_mode") or "koji" for repo in external}
    if len(modes) > 1 or not modes <= set(_MERGE_MODES):
        raise koji.GenericError(f"External repos cannot be merged as {', '.join(sorted(modes))}")
    mode = modes.pop()
    blocked = () if mode == "bare" else ("--blocked", str(folder / "blocklist"))
    groups = ("--groupfile", str(comps)) if comps else ()
    urls = [
        repo["url"].replace("$arch", arch)
        for repo in external
        if not repo.get("arches") or arch in repo["arches"].split()
    ]
    repos = [word for url in (f"{own.as_uri()}/", *urls) for word in ("--repo", url)]
    return ("mergerepo_c", *_MERGE_MODES[mode], *blocked, "--arch-expand", "--archlist", arch,
            "--outputdir", str(made), *groups, *repos)  # fmt: skip

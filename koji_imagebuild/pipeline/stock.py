"""Files that a tool would download: what Koji has of them is there before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.model.metadata import public

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from koji_imagebuild.pipeline.ports import Desk, Sources
    from koji_imagebuild.tools.base import Download

LOG: Final = "20-sources.log"


def fill(downloads: Sequence[Download], root: Path, sources: Sources, desk: Desk) -> None:
    """Lay out what Koji has, and say where each file comes from.

    :param root: the build root
    """
    found = tuple(sources.stock(downloads, root))
    log = desk.workdir / LOG
    log.write_text(report(found))
    desk.upload(log, LOG)


def report(found: Iterable[tuple[Download, str]]) -> str:
    """The log: what the tool has to download comes first, a line each."""
    ours = sorted((download.name, place) for download, place in found if place)
    others = sorted(public(download.url) for download, place in found if not place)
    total = len(ours) + len(others)
    lines = [f"{len(ours)} of {total} files come from Koji, {len(others)} from their addresses"]
    lines += [f"address  {url}" for url in others]
    lines += [f"Koji     {place}" for _, place in ours]
    return "\n".join(lines) + "\n"

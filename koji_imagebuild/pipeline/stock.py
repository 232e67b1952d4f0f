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
_KOJI: Final = "koji     "


def fill(downloads: Sequence[Download], root: Path, sources: Sources, desk: Desk) -> None:
    """Lay out what Koji has, and say where each file comes from.

    :param root: the build root
    """
    found = tuple(sources.stock(downloads, root))
    log = desk.workdir / LOG
    log.write_text(report(found))
    desk.upload(log, LOG)


def _line(download: Download, place: str) -> str:
    """The tool's own downloads sort first."""
    if not place:
        return f"address  {public(download.url)}"
    return f"fetched  {public(place)}" if "://" in place else f"{_KOJI}{place}"


def report(found: Iterable[tuple[Download, str]]) -> str:
    """The log: what the tool has to download comes first, a line each."""
    told = sorted(_line(download, place) for download, place in found)
    ours = sum(line.startswith(_KOJI) for line in told)
    others = len(told) - ours
    lines = [f"{ours} of {len(told)} files come from Koji, {others} from their addresses", *told]
    return "\n".join(lines) + "\n"

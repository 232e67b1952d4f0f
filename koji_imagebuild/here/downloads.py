"""Packages that images were made of, kept for the next image."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Where a tool keeps its downloads in its build root, by the tool's word. Of kiwi it is what it
#: shows to the image's root as well (kiwi/defaults.py, SHARED_CACHE_DIR).
_PLACES: Final[Mapping[str, str]] = {"kiwi": "/var/cache/kiwi"}
_PACKAGE: Final = ".rpm"


@dataclass(frozen=True)
class Downloads:
    """A tool's downloads: a build's own folder, made of links to what earlier builds kept.

    Packages only: the tool asks every repository anew what is in it, and checks by digest what it
    has. A folder of its own, because dnf locks the one it works in by process ids, which mean
    nothing in another build's namespace.

    :param kept: what all builds share
    :param own: the build's own; None for a tool that keeps nothing
    """

    kept: Path
    own: Path | None
    inside: str

    @classmethod
    def of(cls, tool: str, shared: Path, own: Path) -> Downloads:
        inside = _PLACES.get(tool, "")
        downloads = cls(shared / "packages" / tool, own if inside else None, inside)
        downloads._fill()
        return downloads

    def binds(self) -> tuple[tuple[str, str], ...]:
        """The folder, and where a build root shows it."""
        return () if self.own is None else ((str(self.own), self.inside),)

    def keep(self) -> None:
        """Keep what came with this build."""
        if self.own is not None:
            _link(self.own, self.kept)

    def _fill(self) -> None:
        if self.own is not None:
            self.own.mkdir(parents=True)
            self.kept.mkdir(parents=True, exist_ok=True)
            _link(self.kept, self.own)


def _link(source: Path, target: Path) -> None:
    for path in _packages(source):
        place = target / path.relative_to(source)
        with suppress(FileExistsError, NotADirectoryError):
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place, follow_symlinks=False)


def _packages(folder: Path) -> Iterator[Path]:
    """Regular files only, and no symlinked folder is entered: a build's own are anybody's."""
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _packages(path)
        elif path.is_file() and path.name.endswith(_PACKAGE):
            yield path

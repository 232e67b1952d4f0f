"""Files that earlier tasks and builds have on the hub, read as they come."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING

import koji

from koji_imagebuild.adapters import addresses

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from koji_imagebuild.model.nvr import NVR


class KojiShelf:
    """:param top: ``topurl``, or ``topdir`` where there is none"""

    def __init__(self, top: str) -> None:
        self._top = top

    def open(self, task_id: int, name: str, nvr: NVR) -> AbstractContextManager[IO[bytes]] | None:
        paths = koji.PathInfo(topdir=self._top)
        build = {"name": nvr.name, "version": nvr.version, "release": nvr.release}
        for folder in (paths.task(task_id), paths.imagebuild(build)):
            found = self._open(f"{folder}/{name}")
            if found is not None:
                return found
        return None

    def read(self, path: str) -> AbstractContextManager[IO[bytes]] | None:
        """A file by its path below the hub's top folder; None where there is none.

        :raises OSError: when the hub does not answer
        """
        return self._open(f"{self._top}{path}")

    def _open(self, place: str) -> AbstractContextManager[IO[bytes]] | None:
        if "://" not in self._top:
            return Path(place).open("rb") if Path(place).is_file() else None
        answer = addresses.get(place)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            answer.close()
            return None
        answer.raise_for_status()
        return addresses.stream(answer)

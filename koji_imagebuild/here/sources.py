"""What is built from: a folder of this machine, packed as it would be uploaded, or a repository."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from koji.daemon import SCM

from koji_imagebuild.adapters import archive, git
from koji_imagebuild.cli import folder
from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.source import UPLOAD_FOLDER, Location
from koji_imagebuild.pipeline.ports import Checkout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from koji_imagebuild.cli.tool_command import Source
    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.tools.base import Download

_ARCHIVE: Final = "description.tar.gz"


class HereSources:
    """Fetches into the build root what was fetched once.

    :param workdir: where it keeps what it fetched
    """

    def __init__(self, workdir: Path, progress: Progress) -> None:
        self._archive = workdir / _ARCHIVE
        self._workdir = workdir
        self._progress = progress
        self._fetched = False
        self._checkouts: dict[str, Checkout] = {}

    @property
    def log(self) -> Path:
        """What git said; there is none where a folder is built from."""
        return self._workdir / "checkout.log"

    def pack(self, source: Source) -> Location:
        """Keep a folder or a file as it is now; the location says which content that was.

        :returns: an empty one where nothing of this machine is built from
        :raises RequestError: naming what cannot be packed
        """
        given = source.folder
        if source.file is not None:
            given = self._workdir / "file"
            given.mkdir()
            shutil.copyfile(source.file, given / source.upload_as)
        if given is None:
            return Location()
        packed = folder.pack(given, self._archive)
        return Location(upload=f"{UPLOAD_FOLDER}/here/{_ARCHIVE}", sha256=packed.sha256)

    def stock(self, downloads: Sequence[Download], root: Path) -> Iterator[tuple[Download, str]]:  # noqa: ARG002
        """No hub is asked: all is downloaded from where it was."""
        return ((download, "") for download in downloads)

    def fetch(self, location: Location, into: Path) -> Checkout:
        self._progress.begin(
            "put the source into the build root" if self._fetched else "fetch the source"
        )
        self._fetched = True
        into.mkdir(parents=True, exist_ok=True)
        if location.upload:
            with (self._archive).open("rb") as stream:
                archive.unpack(stream, into)
            return Checkout(into, location)
        return self._check_out(location, into) if location.text else Checkout(into, location)

    def _check_out(self, location: Location, into: Path) -> Checkout:
        known = self._checkouts.get(location.url)
        if known is not None:
            copy = into / "source"
            shutil.copytree(known.folder, copy, symlinks=True)
            return Checkout(copy, location)
        scm = SCM(location.url)
        if not scm.scmtype.startswith("GIT"):
            raise RequestError(f"{location.url}: only git repositories can be built from here")
        checkout = git.fetch(scm, into, self.log)
        self._checkouts[checkout.location.url] = checkout
        return checkout

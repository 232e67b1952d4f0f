"""Where a source is: in a source repository, in an uploaded archive, or among what Koji keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.kept import KeptFile
from koji_imagebuild.model.wire import sparse

#: The folder below the hub's work folder that the command line uploads to.
UPLOAD_FOLDER = "cli-image-build-local"

_UPLOAD = re.compile(UPLOAD_FOLDER + r"/[A-Za-z0-9._-]+/[A-Za-z0-9_-]+\.tar\.gz\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_UPLOADED = "upload:"
_ARCHIVED = "archive:"
_DIGEST = "#sha256="


@dataclass(frozen=True)
class Location:
    """A Koji SCM URL, an upload with its digest, or files of an earlier build; none of them where
    a request brings all there is.

    :param upload: path below the hub's work folder
    :param sha256: the upload's digest, lower-case hex
    :param archives: in no folder when they are fetched, so each has a name of its own
    """

    url: str = ""
    upload: str = ""
    sha256: str = ""
    archives: tuple[KeptFile, ...] = ()

    def __post_init__(self) -> None:
        if self.url and self.upload:
            raise RequestError("source: url and upload exclude each other")
        if self.archives and (self.url or self.upload):
            raise RequestError("source: archive excludes url and upload")
        if len({kept.file for kept in self.archives}) != len(self.archives):
            raise RequestError("source.archive: a file is named twice")
        if self.url:
            names.scm_url(self.url, "source.url")
        elif self.upload:
            self._check_upload()

    def _check_upload(self) -> None:
        if not _UPLOAD.match(self.upload) or ".." in self.upload:
            raise RequestError(f"source.upload: {self.upload!r} is not a folder uploaded for this")
        if not _SHA256.match(self.sha256):
            raise RequestError("source.sha256: expected 64 hex digits")

    @property
    def text(self) -> str:
        """One string, for arch tasks; no builder but ours takes an upload for an SCM URL.

        Empty where there is nothing to fetch.
        """
        if self.archives:
            return " ".join(f"{_ARCHIVED}{k.place}{_DIGEST}{k.sha256}" for k in self.archives)
        return f"{_UPLOADED}{self.upload}{_DIGEST}{self.sha256}" if self.upload else self.url

    @classmethod
    def from_text(cls, text: str) -> Location:
        if text.startswith(_UPLOADED):
            upload, _, sha256 = text[len(_UPLOADED) :].partition(_DIGEST)
            return cls(upload=upload, sha256=sha256)
        if text.startswith(_ARCHIVED):
            return cls(archives=tuple(map(_archive, text.split(" "))))
        return cls(url=text)

    def to_wire(self) -> dict[str, object]:
        """Of at most one archive; several are a tool's to tell apart."""
        if self.archives:
            (kept,) = self.archives
            return {"archive": kept.place, "sha256": kept.sha256}
        return sparse(url=self.url or None, upload=self.upload or None, sha256=self.sha256 or None)


def _archive(text: str) -> KeptFile:
    place, _, sha256 = text.removeprefix(_ARCHIVED).partition(_DIGEST)
    return KeptFile.read(place, sha256, "source.archive")

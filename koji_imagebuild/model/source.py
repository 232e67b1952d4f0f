"""Where a source is: in a source repository, or in an archive that the command line uploaded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.wire import sparse

#: The folder below the hub's work folder that the command line uploads to.
UPLOAD_FOLDER = "cli-image-build-local"

_UPLOAD = re.compile(UPLOAD_FOLDER + r"/[A-Za-z0-9._-]+/[A-Za-z0-9_-]+\.tar\.gz\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_UPLOADED = "upload:"


@dataclass(frozen=True)
class Location:
    """A Koji SCM URL, or an upload with its digest; neither where a request brings all there is.

    :param upload: path below the hub's work folder
    :param sha256: the upload's digest, lower-case hex
    """

    url: str = ""
    upload: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        if self.url and self.upload:
            raise RequestError("source: url and upload exclude each other")
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
        return f"{_UPLOADED}{self.upload}#sha256={self.sha256}" if self.upload else self.url

    @classmethod
    def from_text(cls, text: str) -> Location:
        if text.startswith(_UPLOADED):
            upload, _, sha256 = text[len(_UPLOADED) :].partition("#sha256=")
            return cls(upload=upload, sha256=sha256)
        return cls(url=text)

    def to_wire(self) -> dict[str, object]:
        return sparse(url=self.url or None, upload=self.upload or None, sha256=self.sha256 or None)

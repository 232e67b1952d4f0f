"""A file that an earlier build left on the hub, pinned by its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR

_PLACE = re.compile(
    r"(?P<task>[1-9][0-9]{0,9})/(?P<name>[A-Za-z0-9_+][A-Za-z0-9._+-]*)"
    r"-(?P<version>[A-Za-z0-9._+~^]+)-(?P<release>[A-Za-z0-9._+~^]+)"
    r"/(?P<file>[A-Za-z0-9_+][A-Za-z0-9._+~^-]*)\Z"
)
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class KeptFile:
    """A file in the folder of a task or, once that is swept, among the images of its build.

    :param file: its plain name
    :param sha256: lower-case hex
    """

    task_id: int
    nvr: NVR
    file: str
    sha256: str

    @classmethod
    def read(cls, place: str, sha256: str, where: str) -> KeptFile:
        """From ``TASK/N-V-R/FILE``.

        :param where: the place's key in messages
        :raises RequestError: for anything else
        """
        found = _PLACE.match(place)
        if not found:
            raise RequestError(f"{where}: {place!r} is not TASK/N-V-R/FILE of an earlier build")
        if not _SHA256.match(sha256):
            raise RequestError(f"{where}: its sha256 is to have 64 hex digits")
        nvr = NVR(found["name"], found["version"], found["release"])
        return cls(int(found["task"]), nvr, found["file"], sha256)

    @property
    def place(self) -> str:
        return f"{self.task_id}/{self.nvr}/{self.file}"

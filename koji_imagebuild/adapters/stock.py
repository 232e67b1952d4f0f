"""RPMs that Koji has, put where a tool is going to look for them: found by name, taken by digest.

Addresses in a manifest are those of the day it was written. A build's repository is gone after
days; the RPMs that it pointed to are not.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Callable

import koji
import requests
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from koji_imagebuild.adapters.shelf import KojiShelf
    from koji_imagebuild.tools.base import Download

Read = Callable[[str], "AbstractContextManager[IO[bytes]] | None"]

_BLOCK = 1 << 20
#: The hub's number for what it has built itself.
_INTERNAL = 0
_NVRA = ("name", "version", "release", "arch")


def nothing(_place: str) -> None:
    """Where there is nothing else to read from."""


class KojiStock:
    """The hub's RPMs.

    :param shelf: reads a file by its path below the hub's top folder
    :param elsewhere: reads a file that Koji does not have, by its address
    """

    def __init__(self, session: Any, shelf: KojiShelf, elsewhere: Read = nothing) -> None:
        self._session = session
        self._shelf = shelf
        self._elsewhere = elsewhere
        self._paths = koji.PathInfo(topdir="")
        #: Whoever signed one RPM of an image has signed the next.
        self._last_key = ""

    def lay_out(self, wanted: Sequence[Download], root: Path) -> Iterator[tuple[Download, str]]:
        """Each with the path Koji has it at, or the address that it was fetched from; empty where
        it could not be had.

        :param root: the build root
        """
        places = self._places(wanted)
        for download in wanted:
            target = root / download.path.relative_to("/")
            yield download, self._lay_out(download, places.get(download.name, {}), target)

    def _lay_out(self, download: Download, places: dict[str, str], target: Path) -> str:
        # By signing key; nobody knows which of them the digest is of.
        for key in sorted(places, key=lambda key: key != self._last_key):
            if self._copied(self._shelf.read, places[key], target, download.sha256):
                self._last_key = key
                return places[key].lstrip("/")
        if self._copied(self._elsewhere, download.url, target, download.sha256):
            return download.url
        return ""

    def _copied(self, read: Read, place: str, target: Path, sha256: str) -> bool:
        """Whether there is such a file; why there is none the tool says, when it misses it."""
        with suppress(OSError, requests.RequestException, HTTPError):
            opened = read(place)
            return opened is not None and self._taken(opened, target, sha256)
        return False

    def _taken(self, opened: AbstractContextManager[IO[bytes]], target: Path, sha256: str) -> bool:
        part = target.with_name(f"{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with opened as stream:
                digest = _copy(stream, part)
            if digest != sha256:
                return False
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _places(self, wanted: Sequence[Download]) -> dict[str, dict[str, str]]:
        """Paths of RPMs below the hub's top folder, by file name and signing key."""
        found = self._rpms([one.name for one in wanted if one.name.endswith(".rpm")])
        with self._session.multicall(strict=True) as calls:
            builds = {rpm["build_id"]: calls.getBuild(rpm["build_id"]) for rpm in found.values()}
            signed = {name: calls.queryRPMSigs(rpm_id=rpm["id"]) for name, rpm in found.items()}
        return {
            name: dict(self._copies(rpm, builds[rpm["build_id"]].result, signed[name].result))
            for name, rpm in found.items()
        }

    def _rpms(self, names: Sequence[str]) -> dict[str, Any]:
        parsed = {}
        for name in names:
            with suppress(koji.GenericError):
                parsed[name] = koji.parse_NVRA(name)
        with self._session.multicall(strict=True) as calls:
            answers = {
                name: calls.getRPM({key: nvra[key] for key in _NVRA})
                for name, nvra in parsed.items()
            }
        rpms = {name: answer.result for name, answer in answers.items()}
        return {n: rpm for n, rpm in rpms.items() if rpm and rpm["external_repo_id"] == _INTERNAL}

    def _copies(self, rpm: Any, build: Any, signatures: Any) -> Iterator[tuple[str, str]]:
        folder = self._paths.build(build)
        yield "", f"{folder}/{self._paths.rpm(rpm)}"
        for key in (signature["sigkey"] for signature in signatures):
            if key:
                yield key, f"{folder}/{self._paths.signed(rpm, key)}"


def _copy(stream: IO[bytes], path: Path) -> str:
    """Write a new file; its SHA-256."""
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, 0o644), "wb") as copy:
        while block := stream.read(_BLOCK):
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()

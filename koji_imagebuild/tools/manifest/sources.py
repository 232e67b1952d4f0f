"""What a manifest downloads: files with their digests and where they were when it was written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.tools.manifest.struct import Struct

_CURL: Final = "org.osbuild.curl"
_LIBREPO: Final = "org.osbuild.librepo"
INLINE: Final = "org.osbuild.inline"
#: In the place of a file's data; it is no base64, so it cannot be data.
WITHHELD: Final = "(withheld: registrations)"
_CHECKSUM = re.compile(r"[a-z0-9]+:[0-9a-f]{32,128}\Z")
_CREDENTIALS = re.compile(r"(://)[^/@]*@|\?.*\Z")


@dataclass(frozen=True)
class Source:
    """One file.

    :param checksum: as osbuild has it: ``sha256:HEX``
    :param url: where it was; relative to a mirror when mirrors were asked
    :param guarded: whether downloading it takes a secret of the builder's
    """

    checksum: str
    url: str
    guarded: bool = False

    @property
    def sha256(self) -> str | None:
        kind, _, digest = self.checksum.partition(":")
        return digest if kind == "sha256" else None

    @property
    def shown(self) -> str:
        """The URL without credentials and query."""
        return _CREDENTIALS.sub(lambda found: found.group(1) or "", self.url)


def read(sources: Struct) -> Iterator[Source]:
    """Files of curl and librepo; the others are no files of packages.

    :raises DescriptionError: naming what is no such file
    """
    curl, librepo = sources.struct(_CURL), sources.struct(_LIBREPO)
    yield from _curl(curl.struct("items"))
    mirrors = librepo.struct("options").struct("mirrors")
    yield from _librepo(librepo.struct("items"), mirrors)


def withheld(sources: Struct) -> frozenset[str]:
    """Checksums of the inline files whose data was taken out."""
    items = sources.struct(INLINE).struct("items")
    return frozenset(
        checksum
        for checksum in items.keys()  # noqa: SIM118  # no dict
        if items.struct(checksum).text("data") == WITHHELD
    )


def _curl(items: Struct) -> Iterator[Source]:
    for checksum in items.keys():  # noqa: SIM118  # no dict
        _check(checksum, items.where)
        if items.is_text(checksum):
            yield Source(checksum, items.text(checksum))
        else:
            item = items.struct(checksum)
            yield Source(checksum, item.text("url"), bool(item.value("secrets")))


def _librepo(items: Struct, mirrors: Struct) -> Iterator[Source]:
    for checksum in items.keys():  # noqa: SIM118
        _check(checksum, items.where)
        item = items.struct(checksum)
        mirror = mirrors.struct(item.text("mirror"))
        path, base = item.text("path"), mirror.text("url")
        url = f"{base.rstrip('/')}/{path}" if mirror.text("type") == "baseurl" else path
        yield Source(checksum, url, bool(mirror.value("secrets")))


def _check(checksum: str, where: str) -> None:
    if not _CHECKSUM.match(checksum):
        raise DescriptionError(f"{where}: {checksum[:100]!r} is not a checksum")

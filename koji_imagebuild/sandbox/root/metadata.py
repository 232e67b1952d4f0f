"""What a package repository says of itself: its content's digest and its comps groups."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
from dataclasses import dataclass
from typing import Callable
from urllib.error import URLError
from urllib.request import urlopen

import rpm
from lxml import etree

from koji_imagebuild.errors import Infrastructure

_TIMEOUT = 60  # seconds
_NS = "{http://linux.duke.edu/metadata/repo}"


def _unzstd(packed: bytes) -> bytes:
    """Unpack zstd, createrepo_c's default from 1.0 on; Python itself has it from 3.14 on."""
    with os.fdopen(os.memfd_create("packed"), "w+b") as file:
        file.write(packed)
        file.seek(0)
        content: bytes = rpm.fd(file, "r", "zstdio").read()
        return content


_UNPACK: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    (".gz", gzip.decompress),
    (".xz", lzma.decompress),
    (".zst", _unzstd),
)


@dataclass(frozen=True)
class Metadata:
    """One repository's metadata.

    :param digest: changes when the packages or the groups change, and only then: a repository
        that Koji regenerated without a change keeps it
    :param groups: ids of the comps groups
    """

    url: str
    digest: str
    groups: frozenset[str]


def read(url: str) -> Metadata:
    """Read a repository's metadata.

    :raises Infrastructure: when it cannot be fetched or is no repository
    """
    digest = hashlib.sha256()
    groups: frozenset[str] = frozenset()
    for data in _index(url):
        if data.get("type") in {"primary", "group"}:
            # The digest of the unpacked file: packing the same content again may differ.
            said = data.find(f"{_NS}open-checksum")
            if said is None:
                said = data.find(f"{_NS}checksum")
            digest.update(((said.text if said is not None else None) or "").encode())
        if data.get("type") == "group":
            comps = parse(_content(url, data), url)
            groups = frozenset(str(group.findtext("id", "")) for group in comps.iterfind("group"))
    return Metadata(url, digest.hexdigest(), groups)


def part(url: str, kind: str) -> bytes:
    """Fetch one of a repository's files, unpacked.

    :param kind: as repomd.xml calls it, such as ``group`` or ``origin``
    :raises Infrastructure: when it has none or it cannot be fetched
    """
    for data in _index(url):
        if data.get("type") == kind:
            return _content(url, data)
    raise Infrastructure(f"the repository has no {kind}: {url}")


def _index(url: str) -> list[etree._Element]:
    repomd = parse(fetch(f"{url}/repodata/repomd.xml"), url)
    return repomd.findall(f"{_NS}data")


def _content(url: str, data: etree._Element) -> bytes:
    location = data.find(f"{_NS}location")
    href = location.get("href", "") if location is not None else ""
    content = fetch(f"{url}/{href}")
    for suffix, unpack in _UNPACK:
        if href.endswith(suffix):
            return unpack(content)
    return content


def fetch(url: str) -> bytes:
    """:raises Infrastructure: when it cannot be had"""
    try:
        with urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310  # the admin's or hub's own URL
            content: bytes = answer.read()
            return content
    except (URLError, OSError, ValueError) as problem:
        raise Infrastructure(f"the repository cannot be read: {url}: {problem}") from None


def parse(content: bytes, where: str) -> etree._Element:
    """:raises Infrastructure: when it is no XML"""
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as problem:
        raise Infrastructure(f"the repository is damaged: {where}: {problem}") from None

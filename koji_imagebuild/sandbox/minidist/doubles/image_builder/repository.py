"""Repositories as createrepo_c writes them, read over file:// and http://."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import http.client
import lzma
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable
from urllib.parse import urljoin, urlsplit

from .flags import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COMMON = "{http://linux.duke.edu/metadata/common}"
_REPO = "{http://linux.duke.edu/metadata/repo}"
_RPM = "{http://linux.duke.edu/metadata/rpm}"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_SECONDS = 30


@dataclass(frozen=True)
class Repository:
    """:param name: as ``forced repo#0 HOST/PATH``"""

    id: str
    name: str
    url: str


@dataclass(frozen=True)
class Dependency:
    """A provide or requirement. :param flags: EQ, GE, ... or empty"""

    name: str
    flags: str = ""
    evr: tuple[str, str, str] = ("0", "", "")


@dataclass(frozen=True)
class Package:
    """:param path: below its repository's URL"""

    name: str
    evr: tuple[str, str, str]
    arch: str
    checksum: str
    base: str
    path: str
    size: int
    build_time: int
    license: str
    provides: tuple[Dependency, ...]
    requires: tuple[Dependency, ...]
    files: tuple[str, ...]
    repository: Repository

    @property
    def url(self) -> str:
        return f"{self.base.rstrip('/')}/{self.path}"

    def __str__(self) -> str:
        epoch, version, release = self.evr
        prefix = "" if epoch in ("", "0") else f"{epoch}:"
        return f"{self.name}-{prefix}{version}-{release}.{self.arch}"


def of_urls(urls: list[str], what: str) -> list[Repository]:
    """Repositories of a flag's values. :raises UsageError: for a URL without scheme"""
    found = []
    for number, url in enumerate(urls):
        parts = urlsplit(url)
        if not parts.scheme:
            raise UsageError(
                f'scheme missing in "{url}", please prefix with e.g. file:// or https://'
            )
        name = f"{what} repo#{number} {parts.netloc}{parts.path}"
        found.append(Repository(f"{what}-repo-{number}", name, url))
    return found


def packages(repository: Repository) -> list[Package]:
    """Read a repository's packages.

    :raises UsageError: with dnf's words when it cannot be read
    """
    top = repository.url.rstrip("/") + "/"
    path = ""
    try:
        root = ET.fromstring(_get(urljoin(top, "repodata/repomd.xml")))  # noqa: S314
        path = _primary(root)
        text = _unpack(path, _get(urljoin(top, path)))
        return [
            _package(node, repository)
            for node in ET.fromstring(text).iter(f"{_COMMON}package")  # noqa: S314
        ]
    except (OSError, http.client.HTTPException, ET.ParseError, ValueError) as error:
        raise UsageError(_unreadable(repository, path, error)) from None


def _primary(root: ET.Element) -> str:
    location = root.find(f"{_REPO}data[@type='primary']/{_REPO}location")
    if location is None:
        raise ValueError("Element <repomd> was not found - Bad repomd file")
    return location.attrib["href"]


def _unreadable(repository: Repository, path: str, error: Exception) -> str:
    # the real id is a digest over the repository's settings
    digest = hashlib.sha256(repository.url.encode()).hexdigest()
    what = "Cannot download repomd.xml: Cannot download repodata/repomd.xml"
    why = f"{what}: All mirrors were tried"
    if path:
        what = f"Yum repo downloading error: Downloading error(s): {path} - Cannot download"
        why = f"{what}, all mirrors were already tried without success"
    elif isinstance(error, (ET.ParseError, ValueError)):
        why = f"repomd.xml parser error: {error}"
    return (
        "DNF error occurred: RepoError: There was a problem reading a repository: Failed to "
        f"download metadata for repo '{digest}' [{repository.name}: {repository.url}]: {why}"
    )


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_SECONDS) as response:  # noqa: S310
        data: bytes = response.read()
    return data


def _unzstd(data: bytes) -> bytes:
    """Python has no zstd of its own before 3.14."""
    return subprocess.run(
        ("zstd", "--quiet", "-dc"), input=data, stdout=subprocess.PIPE, check=True
    ).stdout


_UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".xz": lzma.decompress,
    ".bz2": bz2.decompress,
    ".zst": _unzstd,
}


def _unpack(name: str, data: bytes) -> bytes:
    suffix = "." + name.rpartition(".")[2]
    return _UNPACK[suffix](data) if suffix in _UNPACK else data


def _package(node: ET.Element, repository: Repository) -> Package:
    location = _at(node, "location")
    formats = _at(node, "format")
    return Package(
        name=_text(node, "name"),
        evr=_evr(_at(node, "version").attrib),
        arch=_text(node, "arch"),
        checksum=f"{_at(node, 'checksum').attrib['type']}:{_text(node, 'checksum')}",
        base=location.get(_BASE, repository.url),
        path=location.attrib["href"],
        size=int(_at(node, "size").attrib["package"]),
        build_time=int(_at(node, "time").attrib["build"]),
        license=formats.findtext(f"{_RPM}license", ""),
        provides=tuple(_dependencies(formats, "provides")),
        requires=tuple(_dependencies(formats, "requires")),
        files=tuple(each.text or "" for each in formats.findall(f"{_COMMON}file")),
        repository=repository,
    )


def _dependencies(formats: ET.Element, kind: str) -> Iterator[Dependency]:
    for entry in formats.findall(f"{_RPM}{kind}/{_RPM}entry"):
        yield Dependency(entry.attrib["name"], entry.get("flags", ""), _evr(entry.attrib))


def _evr(attributes: Mapping[str, str]) -> tuple[str, str, str]:
    return (
        attributes.get("epoch", "0"),
        attributes.get("ver", ""),
        attributes.get("rel", ""),
    )


def _at(node: ET.Element, name: str) -> ET.Element:
    found = node.find(f"{_COMMON}{name}")
    if found is None:
        raise ValueError(f"a package has no {name}")
    return found


def _text(node: ET.Element, name: str) -> str:
    return _at(node, name).text or ""

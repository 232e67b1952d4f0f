"""Package repositories of an image, and the variables their addresses may carry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import koji

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.wire import Reader, kind_of, sparse

_KINDS = ("baseurl", "metalink", "mirrorlist")
_LOWEST_PRIORITY = 99


def check_url(url: str, where: str) -> str:
    """An http(s) or ftp address that is safe to publish and safe as an argument.

    A request is public, so it holds no credentials, and build roots have none either.
    kiwi splits ``--add-repo`` at commas, and white space ends a word in every log.

    :raises RequestError: saying which of these it is
    """
    try:
        parts = urlsplit(url)
        secret = parts.username is not None or parts.password is not None
    except ValueError as problem:
        raise RequestError(f"{where}: {url!r} is not an address: {problem}") from None
    if secret:
        raise RequestError(
            f"{where}: the address of {parts.hostname} holds a user name or a password,"
            " and requests are public",
            repair="Build roots need an address that is served to builders without them",
        )
    if parts.scheme not in {"http", "https", "ftp"} or not parts.netloc:
        raise RequestError(
            f"{where}: {url!r} is not an http, https or ftp address",
            repair="Build roots reach repositories by network only",
        )
    if not url.isprintable() or any(c in url for c in " ,\"'{}\\"):
        raise RequestError(f"{where}: {url!r} holds a space, comma, quote, brace or backslash")
    return url


def expand(url: str, arch: str, releasever: str | None) -> str:
    """Replace ``$arch``, ``$basearch`` and, when it is known, ``$releasever``."""
    url = url.replace("$basearch", koji.canonArch(arch)).replace("$arch", arch)
    return url if releasever is None else url.replace("$releasever", releasever)


@dataclass(frozen=True)
class Repo:
    """A repository that packages of an image come from.

    :param kind: what the address points at: baseurl, metalink or mirrorlist
    :param priority: as dnf counts it: 1 is asked first, 99 last; None is the tool's default
    :param gpgkeys: addresses of public keys; packages are checked when there are any
    :param in_image: whether the image keeps the repository for its own updates
    """

    url: str
    kind: str = "baseurl"
    priority: int | None = None
    gpgkeys: tuple[str, ...] = ()
    in_image: bool = False

    @classmethod
    def from_wire(cls, value: object, where: str) -> Repo:
        """A plain address, or a struct with one of baseurl, metalink and mirrorlist."""
        if isinstance(value, str):
            return cls(check_url(value, where))
        if not isinstance(value, dict):
            raise RequestError(f"{where}: expected a string, got {kind_of(value)}")
        reader = Reader(value, where)
        kinds = [kind for kind in _KINDS if reader.has(kind)]
        if len(kinds) != 1:
            raise RequestError(f"{where}: exactly one of {', '.join(_KINDS)} is needed")
        priority = reader.number("priority")
        if priority is not None and not 1 <= priority <= _LOWEST_PRIORITY:
            raise RequestError(f"{where}.priority: {priority} is not between 1 and 99")
        repo = cls(
            url=check_url(reader.required(kinds[0]), f"{where}.{kinds[0]}"),
            kind=kinds[0],
            priority=priority,
            gpgkeys=tuple(
                check_url(key, f"{where}.gpgkeys[{n}]")
                for n, key in enumerate(reader.texts("gpgkeys"))
            ),
            in_image=reader.flag("in_image") or False,
        )
        reader.finish()
        return repo

    def to_wire(self) -> str | dict[str, object]:
        """A string where a string says it all: builders of Koji's own plugin know no other."""
        if self == Repo(self.url):
            return self.url
        return {
            self.kind: self.url,
            **sparse(
                priority=self.priority,
                gpgkeys=list(self.gpgkeys),
                in_image=self.in_image or None,
            ),
        }

    def expanded(self, arch: str, releasever: str | None) -> Repo:
        return replace(
            self,
            url=expand(self.url, arch, releasever),
            gpgkeys=tuple(expand(key, arch, releasever) for key in self.gpgkeys),
        )

"""Fetches what a manifest names into the store, and verifies every byte of it."""

from __future__ import annotations

import base64
import hashlib
import http.client
import lzma
import os
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable

from .. import containers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .store import Store

_TRIES = 10
_SECONDS = 30


class SourceCrashedError(Exception):
    """A source program that ends with a traceback takes osbuild along."""


@dataclass(frozen=True)
class Fetched:
    """What became of one item. :param error: empty when it is in the store"""

    checksum: str = ""
    cached: bool = False
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        checksum = {"checksum": self.checksum} if self.checksum else {}
        if self.error:
            return {**checksum, "error": self.error}
        return {"cached": self.cached, **checksum}


@dataclass(frozen=True)
class Result:
    """What became of one source."""

    kind: str
    items: tuple[Fetched, ...]
    success: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "success", not any(each.error for each in self.items))

    @property
    def error(self) -> str:
        return next((each.error for each in self.items if each.error), "")


def fetch(kind: str, source: Mapping[str, Any], store: Store) -> Result:
    """Fetch one source's items.

    :raises SourceCrashedError: where the real program has no error of its own
    """
    if kind not in _KINDS:
        raise SourceCrashedError(f"no such source in this double: {kind}")
    return _KINDS[kind](source["items"], source.get("options", {}), store)


def _curl(items: Any, _options: Any, store: Store) -> Result:
    wanted = {
        checksum: {"url": each} if isinstance(each, str) else each
        for checksum, each in dict(items).items()
    }
    for each in wanted.values():
        _secrets(each)
    return _download(
        "org.osbuild.curl",
        {checksum: each["url"] for checksum, each in wanted.items()},
        store,
        lambda url, code: f"curl: error downloading {url}: exit code {code}",
    )


def _librepo(items: Any, options: Any, store: Store) -> Result:
    mirrors = options.get("mirrors", {})
    for each in mirrors.values():
        _secrets(each)
        if each["type"] != "baseurl":
            raise SourceCrashedError(f"this double reads no {each['type']}")
    urls = {
        checksum: f"{mirrors[each['mirror']]['url'].rstrip('/')}/{each['path']}"
        for checksum, each in items.items()
    }
    return _download("org.osbuild.librepo", urls, store, _no_mirrors)


def _no_mirrors(url: str, _code: int) -> str:
    path = url.rsplit("/", 1)[1]
    why = "All mirrors were already tried without success"
    return f"error downloading {path}: No more mirrors to try - {why}"


def _inline(items: Any, _options: Any, store: Store) -> Result:
    folder = _files(store)
    done: list[Fetched] = []
    for checksum, each in items.items():
        target = folder / checksum
        if target.exists():
            # It is not even decoded.
            done.append(Fetched(checksum, cached=True))
            continue
        data = base64.b64decode(each["data"])
        data = lzma.decompress(data) if each["encoding"] == "lzma+base64" else data
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != checksum:
            done.append(Fetched(checksum, error=f"checksum mismatch: {checksum}"))
            continue
        target.write_bytes(data)
        done.append(Fetched(checksum))
    return Result("org.osbuild.inline", tuple(done))


def _containers(items: Any, _options: Any, _store: Store) -> Result:
    """Images stay where they are: in the containers-storage of the build root."""
    present = {f"sha256:{image.id}" for image in containers.images()}
    done = (
        Fetched(checksum, cached=True)
        if checksum in present
        else Fetched(checksum, error=f"container image with id {checksum} does not exist")
        for checksum in items
    )
    return Result("org.osbuild.containers-storage", tuple(done))


def _secrets(item: Mapping[str, Any]) -> None:
    name = item.get("secrets", {}).get("name")
    if name == "org.osbuild.mtls":
        for variable in ("CLIENT_KEY", "CLIENT_CERT"):
            full = f"OSBUILD_SOURCES_CURL_SSL_{variable}"
            if full not in os.environ:
                raise SourceCrashedError(f"{full} environment variable is not set")
    elif name:
        raise SourceCrashedError(f"no secrets of {name} on this machine")


def _download(
    kind: str, urls: Mapping[str, str], store: Store, say: Callable[[str, int], str]
) -> Result:
    folder = _files(store)
    done: list[Fetched] = []
    left: list[str] = []
    code = 0
    for checksum, url in urls.items():
        target = folder / checksum
        if target.exists():
            done.append(Fetched(checksum, cached=True))
            continue
        code, data = _get(url)
        if code:
            done.append(Fetched(checksum, error=say(url, code)))
        elif f"sha256:{hashlib.sha256(data).hexdigest()}" != checksum:
            what = f"failed to move to target directory: checksum mismatch: {checksum} {url}"
            done.append(Fetched(checksum, error=what))
        else:
            partial = target.with_name(f".{os.getpid()}")
            partial.write_bytes(data)
            partial.rename(target)
            done.append(Fetched(checksum))
            continue
        left.append(checksum)
    if left and kind == "org.osbuild.curl":
        names = ", ".join(f"({each!r}, {{'url': {urls[each]!r}}})" for each in left)
        rest = f"curl: finished with return_code {code} but [{names}] left to download"
        done.append(Fetched(error=rest))
    return Result(kind, tuple(done))


def _files(store: Store) -> Path:
    folder = store.sources / "org.osbuild.files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _get(url: str) -> tuple[int, bytes]:
    """curl's exit code, and what came; curl is asked ten times."""
    code = 0
    for _ in range(_TRIES):
        code, data = _get_once(url)
        if not code:
            return 0, data
    return code, b""


def _get_once(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as response:  # noqa: S310 - as asked
            return 0, response.read()
    except urllib.error.HTTPError:
        return 22, b""
    except http.client.HTTPException:
        return 18, b""
    except OSError:
        return 37 if url.startswith("file:") else 7, b""


_KINDS: Mapping[str, Callable[[Any, Any, Store], Result]] = {
    "org.osbuild.curl": _curl,
    "org.osbuild.librepo": _librepo,
    "org.osbuild.inline": _inline,
    "org.osbuild.containers-storage": _containers,
}

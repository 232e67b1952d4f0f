"""KojiDir and git repositories over plain http: read-only, ranges, nothing outside."""

from __future__ import annotations

import html
import mimetypes
import os
import re
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

BLOCK = 1 << 18

Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], Any]


class Files:
    """A WSGI application. :param roots: folder by the first part of the path"""

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self._roots = dict(roots)

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return _refuse(start, HTTPStatus.METHOD_NOT_ALLOWED)
        asked = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "surrogateescape")
        path = self._find(asked)
        if path is None:
            return _refuse(start, HTTPStatus.NOT_FOUND)
        head = environ["REQUEST_METHOD"] == "HEAD"
        if path.is_dir() and not asked.endswith("/"):
            start(
                _line(HTTPStatus.MOVED_PERMANENTLY),
                [("Location", quote(asked) + "/"), ("Content-Length", "0")],
            )
            return []
        if path.is_dir():
            return _listing(path, start, head=head)
        return _send(path, environ.get("HTTP_RANGE", ""), start, head=head)

    def _find(self, url_path: str) -> Path | None:
        """The file of a URL path. Symlinks are followed as long as they stay below the root."""
        name, _, below = url_path.lstrip("/").partition("/")
        root = self._roots.get(name)
        if root is None or "\0" in below:
            return None
        root = root.resolve()
        found = (root / below.lstrip("/")).resolve()
        if (found == root or root in found.parents) and (found.is_file() or found.is_dir()):
            return found
        return None


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"


def _refuse(start: StartResponse, status: HTTPStatus) -> list[bytes]:
    text = f"{status.phrase}\n".encode()
    start(_line(status), [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]


def _listing(folder: Path, start: StartResponse, *, head: bool) -> list[bytes]:
    names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in folder.iterdir())
    links = "".join(f'<li><a href="{quote(n)}">{html.escape(n)}</a></li>\n' for n in names)
    page = f"<!DOCTYPE html>\n<ul>\n{links}</ul>\n".encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))]
    start(_line(HTTPStatus.OK), headers)
    return [] if head else [page]


def _send(path: Path, asked: str, start: StartResponse, *, head: bool) -> Iterable[bytes]:
    stat = path.stat()
    kind = mimetypes.guess_type(path.name, strict=False)
    headers = [
        # what is compressed stays so: no Content-Encoding, or clients would unpack it
        ("Content-Type", (not kind[1] and kind[0]) or "application/octet-stream"),
        ("Last-Modified", formatdate(stat.st_mtime, usegmt=True)),
        ("Accept-Ranges", "bytes"),
    ]
    status, first, length = HTTPStatus.OK, 0, stat.st_size
    if asked:
        span = _span(asked, stat.st_size)
        if span is None:
            headers += [("Content-Range", f"bytes */{stat.st_size}"), ("Content-Length", "0")]
            start(_line(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE), headers)
            return []
        first, length = span
        if (first, length) != (0, stat.st_size):
            status = HTTPStatus.PARTIAL_CONTENT
            last = first + length - 1
            headers.append(("Content-Range", f"bytes {first}-{last}/{stat.st_size}"))
    headers.append(("Content-Length", str(length)))
    start(_line(status), headers)
    return [] if head else _blocks(path, first, length)


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First byte and length of a range; the whole file for what is not understood (RFC 9110)."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if not match or match.groups() == ("", ""):
        return 0, size
    first_text, last_text = match.groups()
    if not first_text:
        first = max(size - int(last_text), 0)
        return (first, size - first) if first < size else None
    first = int(first_text)
    last = min(int(last_text), size - 1) if last_text else size - 1
    return (first, last - first + 1) if first <= last else None


def _blocks(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first, os.SEEK_SET)
        while length > 0:
            block = file.read(min(BLOCK, length))
            if not block:
                return
            length -= len(block)
            yield block

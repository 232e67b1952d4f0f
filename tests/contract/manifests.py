"""Manifests that both osbuilds can read."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: A pipeline that nobody asks for, and one that is exported.
PLAIN: dict[str, Any] = {
    "version": "2",
    "pipelines": [
        {"name": "os", "stages": [{"type": "org.osbuild.noop", "options": {}}]},
        {
            "name": "image",
            "stages": [
                {"type": "org.osbuild.truncate", "options": {"filename": "a.img", "size": "4096"}}
            ],
        },
    ],
    "sources": {},
}


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """PLAIN with one place changed; None removes it."""
    document: Any = json.loads(json.dumps(PLAIN))
    place = document
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return dict(document)


def failing() -> dict[str, Any]:
    stages = [{"type": "org.osbuild.error", "options": {"returncode": 3}}]
    return changed("pipelines", 1, "stages", to=stages)


def checksum(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def installing(*files: Path, url: str = "") -> dict[str, Any]:
    """A tar archive of a tree with some RPMs. :param url: where they are; else file://"""
    items = {
        checksum(path): {"url": f"{url}/{path.name}" if url else path.as_uri()} for path in files
    }
    packages = {
        "type": "org.osbuild.files",
        "origin": "org.osbuild.source",
        "references": [{"id": name} for name in items],
    }
    tree = {
        "type": "org.osbuild.tree",
        "origin": "org.osbuild.pipeline",
        "references": ["name:os"],
    }
    rpm = {"type": "org.osbuild.rpm", "options": {}, "inputs": {"packages": packages}}
    tar = {
        "type": "org.osbuild.tar",
        "options": {"filename": "root.tar"},
        "inputs": {"tree": tree},
    }
    return {
        "version": "2",
        "pipelines": [{"name": "os", "stages": [rpm]}, {"name": "archive", "stages": [tar]}],
        "sources": {"org.osbuild.curl": {"items": items}},
    }


def writing(data: bytes, *, withheld: bool = False) -> dict[str, Any]:
    """A tar archive of a tree with one file, called ``file``.

    :param withheld: the manifest names the content and does not have it
    """
    name = f"sha256:{hashlib.sha256(data).hexdigest()}"
    files = {
        "type": "org.osbuild.files",
        "origin": "org.osbuild.source",
        "references": [{"id": name}],
    }
    copy = {
        "type": "org.osbuild.copy",
        "options": {"paths": [{"from": f"input://file/{name}", "to": "tree:///file"}]},
        "inputs": {"file": files},
    }
    content = "(withheld: registrations)" if withheld else base64.b64encode(data).decode()
    document = installing()
    document["pipelines"][0]["stages"] = [copy]
    item = {"encoding": "base64", "data": content}
    document["sources"] = {"org.osbuild.inline": {"items": {name: item}}}
    return document


def packing(size: int) -> dict[str, Any]:
    """An empty file being compressed. :param size: bytes; a gigabyte takes seconds"""
    truncate = {
        "type": "org.osbuild.truncate",
        "options": {"filename": "a.img", "size": str(size)},
    }
    file = {
        "type": "org.osbuild.files",
        "origin": "org.osbuild.pipeline",
        "references": {"name:os": {"file": "a.img"}},
    }
    xz = {"type": "org.osbuild.xz", "options": {"filename": "a.xz"}, "inputs": {"file": file}}
    return {
        "version": "2",
        "pipelines": [{"name": "os", "stages": [truncate]}, {"name": "image", "stages": [xz]}],
        "sources": {},
    }

"""A small read-only container registry on 127.0.0.1, as the OCI distribution specification has it.

Images are made here, with one layer each.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
USER, PASSWORD = "builder", "very secret"


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """Its images, and what went over the wire.

    :ivar login: every request needs the user and the password
    :ivar answers: status codes instead of what a path has, by the path's end
    """

    port: int = 0
    login: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    _manifests: dict[str, bytes] = field(default_factory=dict)
    _blobs: dict[str, bytes] = field(default_factory=dict)
    _goes_on: threading.Event = field(default_factory=threading.Event)
    _stuck: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._goes_on.set()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def registries_conf(self) -> str:
        return f'[[registry]]\nlocation = "{self.host}"\ninsecure = true\n'

    @property
    def auth_file(self) -> str:
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return json.dumps({"auths": {self.host: {"auth": secret}}})

    def push(self, name: str, files: Mapping[str, bytes], arch: str | None = "amd64") -> str:
        """One image of one arch; its digest.

        :param name: PATH:TAG
        """
        manifest = self._image(files, arch)
        return self._keep(name, manifest)

    def push_index(self, name: str, arches: Mapping[str, Mapping[str, bytes]]) -> str:
        """One image of several arches; the index's digest."""
        found = []
        for arch, files in arches.items():
            manifest = self._image(files, arch)
            self._keep(name.partition(":")[0], manifest)
            platform = {"architecture": arch, "os": "linux"}
            entry = {"digest": digest(manifest), "size": len(manifest), "platform": platform}
            found.append({"mediaType": _MANIFEST, **entry})
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": found}
        return self._keep(name, json.dumps(index).encode())

    def layers(self, manifest: str) -> list[str]:
        """Digests of an image's layers."""
        found = next(m for key, m in self._manifests.items() if key.endswith(f"@{manifest}"))
        return [layer["digest"] for layer in json.loads(found)["layers"]]

    @contextmanager
    def stalled(self) -> Iterator[threading.Event]:
        """Blobs do not come to their end meanwhile; the event tells that one is asked for."""
        self._goes_on.clear()
        self._stuck.clear()
        try:
            yield self._stuck
        finally:
            self._goes_on.set()

    def hold(self) -> None:
        """Called in the middle of a blob."""
        self._stuck.set()
        self._goes_on.wait(60)

    def spoil(self, name: str) -> None:
        """Let the manifest differ from its digest."""
        for key in [key for key in self._manifests if key.startswith(f"{name}@")]:
            self._manifests[key] += b"\n"

    def _image(self, files: Mapping[str, bytes], arch: str | None) -> bytes:
        layer = _layer(files)
        config: dict[str, Any] = {
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        }
        config.update({"architecture": arch} if arch else {})
        packed = gzip.compress(layer, mtime=0)
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._blob(json.dumps(config).encode(), _CONFIG),
            "layers": [self._blob(packed, _LAYER)],
        }
        return json.dumps(manifest).encode()

    def _blob(self, content: bytes, media_type: str) -> dict[str, object]:
        self._blobs[digest(content)] = content
        return {"mediaType": media_type, "digest": digest(content), "size": len(content)}

    def _keep(self, name: str, manifest: bytes) -> str:
        path, _, tag = name.partition(":")
        self._manifests[f"{path}@{digest(manifest)}"] = manifest
        if tag:
            self._manifests[f"{path}@{tag}"] = manifest
        return digest(manifest)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, media type and content for a path."""
        for end, status in self.answers.items():
            if path.endswith(end):
                return status, "text/plain", b"no\n"
        name, kind, last = path.removeprefix("/v2/").rpartition("/manifests/")
        if kind and (manifest := self._manifests.get(f"{name}@{last}")):
            return HTTPStatus.OK, json.loads(manifest)["mediaType"], manifest
        blob = self._blobs.get(path.rpartition("/blobs/")[2])
        if blob is not None:
            return HTTPStatus.OK, "application/octet-stream", blob
        if path == "/v2/":
            return HTTPStatus.OK, "application/json", b"{}"
        problem = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
        return HTTPStatus.NOT_FOUND, "application/json", json.dumps(problem).encode()

    def allows(self, authorization: str | None) -> bool:
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return not self.login or authorization == f"Basic {secret}"


def _layer(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    registry: Registry


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # the base's name
        registry = self.server.registry
        if not registry.allows(self.headers.get("Authorization")):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        status, media_type, content = registry.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(content[:1])
        if "/blobs/" in self.path:
            registry.hold()
        self.wfile.write(content[1:])

    do_HEAD = do_GET  # noqa: N815

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            """Whoever asked is gone."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def running() -> Iterator[Registry]:
    """An empty registry."""
    server = _Server(("127.0.0.1", 0), _Handler)
    registry = server.registry = Registry(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

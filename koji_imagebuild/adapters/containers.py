"""Fetching container images from registries with skopeo, outside of build roots.

An archive is written as it was downloaded: nothing of an image is unpacked on the builder.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.adapters import process, skopeo_says
from koji_imagebuild.errors import Misconfigured, RequestError
from koji_imagebuild.model.container import Fetched

if TYPE_CHECKING:
    from koji_imagebuild.adapters.configuration import BuilderConfiguration
    from koji_imagebuild.model.container import Container

#: Architectures as registries call them (Go's GOARCH); the others have Koji's names.
_OF_REGISTRIES: Final = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "armhfp": "arm",
    "loongarch64": "loong64",
}
_KEPT: Final = ("http_proxy", "https_proxy", "no_proxy")
_INSPECT_SECONDS: Final = 300.0


class SkopeoContainers:
    """Container images of registries.

    :param settings: how this builder reaches them; none of it is in a request or a log
    :param workdir: the task's; temporary files go there
    """

    def __init__(self, settings: BuilderConfiguration, workdir: Path) -> None:
        self._settings = settings
        self._workdir = workdir

    def pin(self, container: Container, arches: tuple[str, ...]) -> Container:
        """Fix a reference to the digest it has now.

        :raises RequestError: when there is no such image, or none for one of the arches
        :raises Infrastructure: when the registry cannot be reached
        """
        manifest = self._inspect(container)
        pinned = container.pinned(f"sha256:{hashlib.sha256(manifest).hexdigest()}")
        # skopeo looks after it in a copy, but not here.
        if not pinned.is_pin_of(container):
            raise RequestError(
                f"{container.text}: the registry has another manifest, {pinned.digest}"
            )
        offered = _arches(_json(manifest, container)) or self._arch_of_one(pinned)
        missing = [arch for arch in arches if offered and _go(arch) not in offered]
        if missing:
            raise RequestError(
                f"{container.text} is there for {', '.join(sorted(offered))},"
                f" not for {', '.join(map(_go, missing))}",
                repair=f"Leave {', '.join(missing)} out, or name an image of all arches",
            )
        return pinned

    def fetch(self, container: Container, arch: str, into: Path) -> Fetched:
        """Write the image of one arch into a new OCI archive.

        :param container: pinned
        :raises: as :meth:`pin`
        """
        with tempfile.TemporaryDirectory(dir=into.parent, prefix="fetch-") as scratch:
            said = Path(scratch) / "digest"
            self._skopeo(
                container,
                (
                    f"--tmpdir={scratch}",
                    "--override-os=linux",
                    f"--override-arch={_go(arch)}",
                    "copy",
                    "--quiet",
                    f"--digestfile={said}",
                    *self._authentication,
                    "--",
                    f"docker://{container.address}",
                    f"oci-archive:{into}:{container.local}",
                ),
                self._settings.fetch_timeout,
            )
            return Fetched(container, said.read_text().strip())

    def _inspect(self, container: Container, *options: str) -> bytes:
        with tempfile.TemporaryDirectory(dir=self._workdir, prefix="inspect-") as scratch:
            printed = Path(scratch) / "manifest.json"
            words = ("inspect", "--raw", *options, *self._authentication)
            address = ("--", f"docker://{container.address}")
            self._skopeo(container, (*words, *address), _INSPECT_SECONDS, printed)
            return printed.read_bytes()

    def _arch_of_one(self, container: Container) -> frozenset[str]:
        """Of an image without an index; empty when it does not say, as artifacts do not."""
        config = _json(self._inspect(container, "--config"), container)
        arch = config.get("architecture")
        return frozenset({arch} if isinstance(arch, str) and arch else ())

    @property
    def _authentication(self) -> tuple[str, ...]:
        path = self._settings.container_auth_file
        return (f"--authfile={_readable('container_auth_file', path)}",) if path else ()

    def _skopeo(
        self,
        container: Container,
        words: tuple[str, ...],
        seconds: float,
        printed: Path | None = None,
    ) -> None:
        conf = self._settings.container_registries_conf
        key = "container_registries_conf"
        chosen = (f"--registries-conf={_readable(key, conf)}",) if conf else ()
        limit = ("prlimit", f"--fsize={self._settings.container_max_size << 20}", "--")
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        done = process.call((*limit, "skopeo", *chosen, *words), seconds, kept, printed)
        if done.status:
            raise skopeo_says.failure(container, done, self._settings.container_max_size)


def _readable(key: str, path: str) -> str:
    if not os.access(path, os.R_OK):
        raise Misconfigured(
            f"{key}: {path} cannot be read on this builder",
            repair="Correct it in the builder's image_build_local.conf",
        )
    return path


def _go(arch: str) -> str:
    return _OF_REGISTRIES.get(arch, arch)


def _json(text: bytes, container: Container) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RequestError(f"{container.text} is no container image: its manifest is no JSON")
    return found


def _arches(manifest: dict[str, Any]) -> frozenset[str]:
    """Those an index offers for Linux; none of a single image."""
    instances = manifest.get("manifests")
    platforms = [
        instance.get("platform") or {}
        for instance in (instances if isinstance(instances, list) else ())
        if isinstance(instance, dict)
    ]
    return frozenset(
        str(platform["architecture"])
        for platform in platforms
        if isinstance(platform, dict)
        and platform.get("os") == "linux"
        and platform.get("architecture")
    )

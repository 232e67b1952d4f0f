"""Container images, fetched by the real skopeo from a registry of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tarfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters.configuration import BuilderConfiguration
from koji_imagebuild.adapters.containers import SkopeoContainers
from koji_imagebuild.errors import Infrastructure, Misconfigured, PreflightError, RequestError, Told
from koji_imagebuild.model.container import Container
from tests import registry as registries

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not shutil.which("skopeo"), reason="needs skopeo")

FILES = {"etc/hello": b"hello\n"}


@pytest.fixture
def registry() -> Iterator[registries.Registry]:
    with registries.running() as running:
        yield running


class Side:
    """A builder that is configured for the registry."""

    def __init__(self, registry: registries.Registry, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "archive.tar"
        conf = folder / "registries.conf"
        conf.write_text(registry.registries_conf)
        self.settings = {"container_registries_conf": str(conf)}
        self.host = registry.host

    def containers(self, **changes: object) -> SkopeoContainers:
        settings = BuilderConfiguration(**{**self.settings, **changes})  # type: ignore[arg-type]
        return SkopeoContainers(settings, self.folder)

    def image(self, name: str) -> Container:
        return Container.read(f"{self.host}/{name}", "test")

    def pinned(self, name: str) -> Container:
        return self.containers().pin(self.image(name), ("x86_64",))


@pytest.fixture
def side(registry: registries.Registry, tmp_path: Path) -> Side:
    return Side(registry, tmp_path)


def refused(kind: type[Told], call: object, *arguments: object) -> Told:
    assert callable(call)
    with pytest.raises(kind) as caught:
        call(*arguments)
    return caught.value


def test_a_tag_is_pinned_to_the_digest_it_has_now(
    registry: registries.Registry, side: Side
) -> None:
    expected = registry.push("a/tools:1", FILES)

    pinned = side.pinned("a/tools:1")
    registry.push("a/tools:1", {"etc/hello": b"another\n"})

    assert pinned.text == f"{registry.host}/a/tools:1@{expected}"
    assert side.containers().pin(pinned, ("x86_64",)) == pinned
    fetched = side.containers().fetch(pinned, "x86_64", side.archive)
    assert fetched.manifest == expected


def test_an_archive_has_the_name_and_the_arch(registry: registries.Registry, side: Side) -> None:
    arches = {arch: {"etc/arch": arch.encode()} for arch in ("amd64", "arm64")}
    index = registry.push_index("tools:1", arches)

    pinned = side.containers().pin(side.image("tools:1"), ("x86_64", "aarch64"))
    fetched = side.containers().fetch(pinned, "aarch64", side.archive)

    assert pinned.digest == index
    assert fetched.manifest != index
    with tarfile.open(side.archive) as archive:
        (entry,) = _json(archive, "index.json")["manifests"]
        manifest = _json(archive, _blob(entry["digest"]))
        config = _json(archive, _blob(manifest["config"]["digest"]))
    assert entry["digest"] == fetched.manifest
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == f"{registry.host}/tools:1"
    assert config["architecture"] == "arm64"
    assert {path.name for path in side.folder.iterdir()} == {"archive.tar", "registries.conf"}


def _json(archive: tarfile.TarFile, name: str) -> dict[str, object]:
    stream = archive.extractfile(name)
    assert stream is not None
    found: dict[str, object] = json.loads(stream.read())
    return found


def _blob(digest: object) -> str:
    return f"blobs/{str(digest).replace(':', '/')}"


def test_an_arch_that_is_not_there(registry: registries.Registry, side: Side) -> None:
    registry.push_index("several:1", {"amd64": FILES, "arm64": FILES})
    registry.push("one:1", FILES, arch="arm64")
    registry.push("artifact:1", FILES, arch=None)

    arches = ("x86_64", "s390x")
    said = refused(RequestError, side.containers().pin, side.image("several:1"), arches)
    assert said.what.endswith("several:1 is there for amd64, arm64, not for s390x")
    said = refused(RequestError, side.containers().pin, side.image("one:1"), arches)
    assert said.what.endswith("one:1 is there for arm64, not for amd64, s390x")
    assert side.containers().pin(side.image("artifact:1"), arches).digest


@pytest.mark.parametrize("name", ["tools:2", "nothing:1", "tools@sha256:" + "0" * 64])
def test_an_image_that_is_not_there(registry: registries.Registry, side: Side, name: str) -> None:
    registry.push("tools:1", FILES)

    said = refused(RequestError, side.pinned, name)

    assert said.what == f"There is no container image {registry.host}/{name}"


def test_a_manifest_that_is_not_its_digests(registry: registries.Registry, side: Side) -> None:
    digest = registry.push("tools:1", FILES)
    registry.spoil("tools")

    said = refused(RequestError, side.pinned, f"tools@{digest}")

    assert "the registry has another manifest" in said.what


def test_a_registry_that_cannot_be_reached_is_tried_again(side: Side) -> None:
    side.host = "127.0.0.1:1"

    said = refused(Infrastructure, side.pinned, "tools:1")

    assert "connection refused" in said.text()


@pytest.mark.parametrize("status", [500, 503])
def test_a_registry_that_is_out_of_order(
    registry: registries.Registry, side: Side, status: int
) -> None:
    registry.push("tools:1", FILES)
    pinned = side.pinned("tools:1")
    registry.answers[pinned.digest] = status

    refused(Infrastructure, side.containers().fetch, pinned, "x86_64", side.archive)


def test_credentials_are_the_builders(
    registry: registries.Registry, side: Side, capfd: pytest.CaptureFixture[str]
) -> None:
    registry.push("tools:1", FILES)
    registry.login = True

    said = refused(PreflightError, side.pinned, "tools:1")
    assert "container_auth_file" in said.repair

    wrong = side.folder / "wrong.json"
    wrong.write_text(registry.auth_file.replace('"auth": "', '"auth": "YTpi'))
    containers = side.containers(container_auth_file=str(wrong))
    refused(PreflightError, containers.pin, side.image("tools:1"), ("x86_64",))

    right = side.folder / "auth.json"
    right.write_text(registry.auth_file)
    containers = side.containers(container_auth_file=str(right))
    pinned = containers.pin(side.image("tools:1"), ("x86_64",))
    containers.fetch(pinned, "x86_64", side.archive)
    secrets = (registries.PASSWORD, json.loads(registry.auth_file)["auths"][registry.host]["auth"])
    assert not any(secret in said.text() + "".join(capfd.readouterr()) for secret in secrets)


def test_a_registry_without_tls_has_to_be_configured(
    registry: registries.Registry, side: Side
) -> None:
    registry.push("tools:1", FILES)
    containers = side.containers(container_registries_conf="")

    said = refused(PreflightError, containers.pin, side.image("tools:1"), ("x86_64",))

    assert "registries.conf" in said.repair


def test_a_mirror_is_the_builders(registry: registries.Registry, side: Side) -> None:
    registry.push("mirrored/tools:1", FILES)
    conf = side.folder / "registries.conf"
    conf.write_text(
        '[[registry]]\nlocation = "registry.example.invalid"\n'
        f'[[registry.mirror]]\nlocation = "{registry.host}/mirrored"\ninsecure = true\n'
    )
    side.host = "registry.example.invalid"

    fetched = side.containers().fetch(side.pinned("tools:1"), "x86_64", side.archive)

    assert fetched.container.local == "registry.example.invalid/tools:1"


@pytest.mark.parametrize("key", ["container_registries_conf", "container_auth_file"])
def test_a_file_that_is_not_there_is_named(side: Side, key: str) -> None:
    containers = side.containers(**{key: "/nowhere/file"})

    said = refused(Misconfigured, containers.pin, side.image("tools:1"), ("x86_64",))

    assert said.what == f"{key}: /nowhere/file cannot be read on this builder"


def test_an_image_larger_than_allowed(registry: registries.Registry, side: Side) -> None:
    registry.push("large:1", {"noise": os.urandom(3 << 20)})
    containers = side.containers(container_max_size=1)

    said = refused(RequestError, containers.fetch, side.pinned("large:1"), "x86_64", side.archive)

    assert said.what.endswith("is larger than the 1 MiB that this builder fetches")
    assert not side.archive.exists()


def test_a_builder_without_skopeo(
    side: Side, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/prlimit").symlink_to("/usr/bin/prlimit")
    monkeypatch.setattr(
        "koji_imagebuild.adapters.process._ENVIRONMENT", {"PATH": str(tmp_path / "bin")}
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    said = refused(PreflightError, side.pinned, "tools:1")

    assert "no skopeo" in said.what
    assert "install skopeo" in said.repair


def test_time_is_over(registry: registries.Registry, side: Side) -> None:
    registry.push("tools:1", FILES)
    pinned = side.pinned("tools:1")
    containers = side.containers(fetch_timeout=1)

    with registry.stalled():
        refused(Infrastructure, containers.fetch, pinned, "x86_64", side.archive)


def test_a_cancel_ends_skopeo_and_leaves_nothing(registry: registries.Registry, side: Side) -> None:
    registry.push("tools:1", FILES)
    pinned = side.pinned("tools:1")
    cancel = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    cancel.start()

    with registry.stalled(), pytest.raises(KeyboardInterrupt):
        side.containers().fetch(pinned, "x86_64", side.archive)

    cancel.join()
    assert not _running(str(side.archive))
    assert {path.name for path in side.folder.iterdir()} == {"registries.conf"}


def _running(words: str) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        lines = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                lines.append(path.read_text(errors="replace"))
        if not any(words in line for line in lines):
            return False
        time.sleep(0.05)
    return True


def test_a_full_disk_is_the_builders(
    registry: registries.Registry, side: Side, as_root: None
) -> None:
    registry.push("large:1", {"noise": os.urandom(4 << 20)})
    pinned = side.pinned("large:1")
    disk = side.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=True)
    try:
        with pytest.raises(OSError, match=r"fetching \S*large:1|No space left"):
            side.containers().fetch(pinned, "x86_64", disk / "archive.tar")
    finally:
        subprocess.run(["umount", disk], check=True)

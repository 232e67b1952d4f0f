"""A manifest on this machine: looked at, then uploaded alone."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.cli.arguments import parse
from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.submit import Desk, submit
from koji_imagebuild.errors import DescriptionError, RequestError

from .fakes import FakeSubmitHub

if TYPE_CHECKING:
    from pathlib import Path

RPM = {"sha256:" + "a" * 64: {"url": "https://example.org/bash-5.2-1.x86_64.rpm"}}
OS = {"name": "os", "runner": "org.osbuild.fedora44", "stages": []}
RAW = {
    "name": "raw",
    "stages": [{"type": "org.osbuild.truncate", "options": {"filename": "d.raw"}}],
}
IMAGE = {
    "name": "image",
    "build": "name:os",
    "stages": [{"type": "org.osbuild.tar", "options": {"filename": "root.tar.xz"}}],
}


def write(folder: Path, *pipelines: dict[str, Any]) -> Path:
    sources = {"org.osbuild.curl": {"items": RPM}}
    path = folder / "minimal.json"
    path.write_text(json.dumps({"version": "2", "pipelines": pipelines, "sources": sources}))
    return path


def send(hub: FakeSubmitHub, *words: object, said: list[str] | None = None) -> int:
    options = parse(["manifest", *map(str, words)])
    return submit(options, Desk(lambda: hub, (said if said is not None else []).append))


def test_uploaded_alone_and_built_for_real(tmp_path: Path) -> None:
    hub = FakeSubmitHub()
    said: list[str] = []
    path = write(tmp_path, OS, IMAGE)
    (tmp_path / "secret").touch()
    send(hub, "minidist", "minimal", "1", path, "--arch", "x86_64", said=said)
    ((arguments, _),) = hub.tasks
    target, arches, tool, source, opts = arguments
    assert isinstance(source, dict)
    assert isinstance(opts, dict)
    assert (target, arches, tool, opts["scratch"]) == ("minidist", ["x86_64"], "manifest", False)
    assert source.keys() == {"name", "version", "upload", "sha256"}
    ((_, _, content),) = hub.uploads
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        assert packed.getnames() == ["manifest.json"]
    assert said[0].startswith(f"Uploading {path}: 1 file, ")


def test_the_export_goes_with_the_source(tmp_path: Path) -> None:
    hub = FakeSubmitHub()
    path = write(tmp_path, OS, IMAGE, RAW)
    send(hub, "minidist", "minimal", "1", path, "--arch", "x86_64", "--export", "raw")
    ((arguments, _),) = hub.tasks
    source, opts = arguments[3:]
    assert isinstance(source, dict)
    assert isinstance(opts, dict)
    assert source["export"] == "raw"
    assert "export" not in opts


def test_what_is_no_manifest_is_told_by_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"version": "2", ')
    with pytest.raises(ArgumentsError, match=r"^mine\.json is not JSON"):
        parse(["manifest", "t", "n", "1", str(path)])
    with pytest.raises(ArgumentsError, match=r"nope\.json is not a file"):
        parse(["manifest", "t", "n", "1", str(tmp_path / "nope.json")])
    several = write(tmp_path, OS, IMAGE, RAW)
    with pytest.raises(ArgumentsError, match="what to export; it has image, raw"):
        parse(["manifest", "t", "n", "1", str(several)])
    with pytest.raises(ArgumentsError, match="no 'iso' to export: os, image, raw"):
        parse(["manifest", "t", "n", "1", str(several), "--export", "iso"])


def test_the_arch_is_checked_before_anything_is_uploaded(tmp_path: Path) -> None:
    hub = FakeSubmitHub()
    path = write(tmp_path, OS, IMAGE)
    with pytest.raises(DescriptionError, match="is for x86_64: it has no package of aarch64"):
        send(hub, "minidist", "minimal", "1", path, "--arch", "aarch64")
    with pytest.raises(RequestError, match="for one arch, and this build is for x86_64, aarch64"):
        send(hub, "minidist", "minimal", "1", path, "--arch", "x86_64,aarch64")
    assert not hub.uploads


def test_no_repositories(tmp_path: Path) -> None:
    path = write(tmp_path, OS, IMAGE)
    with pytest.raises(RequestError, match="unrecognized arguments: --repo"):
        parse(["manifest", "t", "n", "1", str(path), "--repo", "https://example.org/repo"])

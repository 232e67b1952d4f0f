"""Manifests in a hub call and in an arch task: what is written is read."""

from __future__ import annotations

from typing import Any

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.wire import Reader
from koji_imagebuild.tools import registry
from koji_imagebuild.tools.manifest import wire
from koji_imagebuild.tools.manifest.asked import Image, ManifestSource
from koji_imagebuild.tools.manifest.tool import Manifest

DIGEST = "0" * 64
UPLOAD = {"upload": "cli-image-build-local/1.x/description.tar.gz", "sha256": DIGEST}
PLACE = "42/disk-1-2/disk-1-2.x86_64.osbuild-manifest.json"
ARCHIVE = {"archive": PLACE, "sha256": DIGEST}
NAMED = {"name": "disk", "version": "1"}


def bound(source: dict[str, Any]) -> Manifest:
    tool = registry.bind("manifest", Reader(source, "source"), Reader({}, "opts"))
    assert isinstance(tool, Manifest)
    return tool


@pytest.mark.parametrize(
    "source",
    [{**NAMED, **UPLOAD}, {**NAMED, **UPLOAD, "export": "qcow2"}, {**NAMED, **ARCHIVE}],
    ids=["upload", "export", "archive"],
)
def test_there_and_back(source: dict[str, Any]) -> None:
    tool = bound(source)
    assert tool.source_to_wire() == source
    types, opts = wire.types(tool), wire.options(tool)
    assert types == [f"manifest:{source.get('export', '')}"]
    assert wire.is_manifest(types)
    assert wire.read(types, "disk", "1", Reader(opts, "opts")) == tool
    assert wire.source(Reader(opts, "opts")) == tool.location.text


def test_registrations_go_along() -> None:
    opts = Reader({"registrations": "rhel"}, "opts")
    tool = registry.bind("manifest", Reader({**NAMED, **UPLOAD}, "source"), opts)
    assert isinstance(tool, Manifest)
    assert tool.options_to_wire() == {"registrations": "rhel"}
    arch = wire.options(tool)
    assert wire.read(wire.types(tool), "disk", "1", Reader(arch, "opts")) == tool


def test_what_an_earlier_arch_task_left() -> None:
    nvr = NVR("disk", "1", "2")
    sums = [
        ("disk-1-2.generic-qcow2.x86_64.osbuild-manifest.json", DIGEST),
        ("disk-1-2.generic-qcow2.x86_64.qcow2", DIGEST),
        ("disk-1-2.minimal.raw.x86_64.osbuild-manifest.json", DIGEST),
    ]
    source = ManifestSource.kept(42, nvr, sums[:2])
    assert source is not None
    assert source.images == (Image(sums[0][0], None, "generic-qcow2"),)
    plain = ManifestSource.kept(42, nvr, [(PLACE.rpartition("/")[2], DIGEST)])
    assert plain is not None
    assert plain.images[0].type == ""
    several = ManifestSource.kept(42, nvr, sums)
    assert several is not None
    tool = Manifest(several)
    types, opts = wire.types(tool), wire.options(tool)
    assert types == ["manifest:", "manifest:"]
    assert wire.read(types, "disk", "1", Reader(opts, "opts")) == tool
    assert ManifestSource.kept(42, nvr, sums[1:2]) is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (NAMED, "exactly one of upload and archive"),
        ({**NAMED, **UPLOAD, **ARCHIVE}, "exactly one of upload and archive"),
        ({**NAMED, "url": "git://h/r#x"}, "exactly one of upload and archive"),
        ({**NAMED, **UPLOAD, "colour": "red"}, "unknown option 'colour'"),
        ({**NAMED, **UPLOAD, "export": "--x"}, "source.export: '--x' is not a name"),
        ({**NAMED, **UPLOAD, "version": "1-2"}, "source.version: '1-2' holds a hyphen"),
        ({**NAMED, **ARCHIVE, "archive": "/etc/passwd"}, "is not TASK/N-V-R/FILE"),
        ({**UPLOAD, "version": "1"}, "source.name is missing"),
    ],
    ids=range(8),
)
def test_what_is_refused(source: dict[str, Any], problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        bound(source)


@pytest.mark.parametrize(
    ("types", "manifests", "problem"),
    [
        (["manifest:a"], [], "there are 1 types and 0 manifests"),
        (["manifest:a", "manifest:b"], [UPLOAD, UPLOAD], "only one manifest can be uploaded"),
        (["manifest:a", "manifest:b"], [ARCHIVE, ARCHIVE], "a file is named twice"),
        (["manifest:a"], [{**UPLOAD, "x": 1}], r"opts.manifests\[0\]: unknown option 'x'"),
        (["manifest:a"], ["x"], r"opts.manifests\[0\]: expected a struct"),
        (["manifest:a b"], [UPLOAD], "'a b' is not a name"),
    ],
    ids=range(6),
)
def test_what_an_arch_task_refuses(types: list[str], manifests: list[Any], problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        wire.read(types, "disk", "1", Reader({"manifests": manifests}, "opts"))


def test_image_types_are_no_manifests() -> None:
    assert not wire.is_manifest(["qcow2"])
    assert not wire.is_manifest([])

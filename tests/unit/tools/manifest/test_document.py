from __future__ import annotations

from typing import Any

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.manifest import document

from .documents import OTHER_SHA, SHA, disk, manifest, pipelines, written


def read(value: object) -> document.Manifest:
    return document.read(written(value), "m.json")


def test_the_image_is_what_nothing_else_uses() -> None:
    found = read(manifest())
    assert found.sinks == ("qcow2",)
    assert found.export(None) == "qcow2"
    assert found.export("image") == "image"
    assert found.pipeline("qcow2").file == "disk.qcow2"


def test_packages_of_the_image_are_not_those_of_its_build_root() -> None:
    found = read(manifest())
    assert [one.name for one in found.behind("qcow2")] == ["build", "os", "image", "qcow2"]
    assert [one.name for one in found.payload("qcow2")] == ["os", "image", "qcow2"]
    assert [one.name for one in found.payload("os")] == ["os"]


def test_loop_devices_of_what_is_built_only() -> None:
    found = read(manifest())
    assert [one.loop_devices for one in found.behind("qcow2")] == [False, False, True, False]
    assert not any(one.loop_devices for one in found.behind("os"))


@pytest.mark.parametrize(
    ("runner", "name"),
    [
        ("org.osbuild.fedora43", "fedora"),
        ("org.osbuild.rhel9.2", "rhel"),
        ("org.osbuild.almalinux_kitten10", "almalinux_kitten"),
        ("org.osbuild.linux", "linux"),
        ("", ""),
    ],
)
def test_distribution(runner: str, name: str) -> None:
    one = {"name": "os", "runner": runner, "stages": []}
    assert read(manifest(pipelines=[one])).distribution("os") == name


def test_what_is_downloaded() -> None:
    first, second = read(manifest()).sources
    assert (first.checksum, first.sha256) == (SHA, "a" * 64)
    assert first.url == "https://example.org/repo/bash-5.2-1.x86_64.rpm"
    assert (second.checksum, second.url.rpartition("/")[2]) == (OTHER_SHA, "hello-2.0-3.noarch.rpm")
    assert not first.guarded


def test_mirrors_and_secrets() -> None:
    librepo = {
        "items": {SHA: {"path": "p/a.rpm", "mirror": "m"}, OTHER_SHA: {"path": "b", "mirror": "n"}},
        "options": {
            "mirrors": {
                "m": {"url": "https://example.org/repo/", "type": "baseurl"},
                "n": {"url": "https://x/meta", "type": "metalink", "secrets": {"name": "rhsm"}},
            }
        },
    }
    first, second = read(manifest(sources={"org.osbuild.librepo": librepo})).sources
    assert (first.url, first.guarded) == ("https://example.org/repo/p/a.rpm", False)
    assert (second.url, second.guarded) == ("b", True)


def test_a_shown_url_has_no_secrets() -> None:
    item = {SHA: "https://me:word@example.org/a.rpm?token=1"}
    (one,) = read(manifest(sources={"org.osbuild.curl": {"items": item}})).sources
    assert one.shown == "https://example.org/a.rpm"


def test_several_images_and_none() -> None:
    two = [*pipelines(), {**disk(), "name": "another"}]
    with pytest.raises(DescriptionError, match=r"what to export; it has qcow2, another") as caught:
        read(manifest(pipelines=two)).export(None)
    assert caught.value.repair == "Give --export"
    with pytest.raises(DescriptionError, match=r"no 'nope' to export: build, os, image, qcow2"):
        read(manifest()).export("nope")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (written(manifest())[:-40], "m.json is not JSON: "),
        (b"", "m.json is not JSON: "),
        (b"[" * 200_000, "m.json is not JSON: "),
        (b"\xff\xfe\xfd", "m.json is not JSON: "),
        (b"[]", "m.json: expected an object, got list"),
        (b"{}", "version nothing; only version 2"),
        (written(manifest(version="1")), "version 1; only version 2"),
        (written(manifest(version=2)), r"m.json.version: expected a string, got int"),
        (written(manifest(pipelines=[])), "has no pipelines"),
        (written(manifest(pipelines={})), "has no pipelines"),
        (written(manifest(pipelines={"a": 1})), "m.json.pipelines: expected a list, got struct"),
        (written(manifest(pipelines=[{"name": "--x"}])), r"pipelines\[0\].name: '--x' is not a"),
        (written(manifest(pipelines=[{"name": "../x"}])), r"'../x' is not a name"),
        (written(manifest(pipelines=[{}])), r"pipelines\[0\].name: '' is not a name"),
        (written(manifest(pipelines=pipelines()[1:])), "os refers to build, which is not before"),
        (written(manifest(pipelines=pipelines()[:1] * 2)), "two pipelines called build"),
        (
            written(manifest(pipelines=[{"name": "a", "build": "build"}])),
            r"pipelines\[0\].build: 'build' is not name:PIPELINE",
        ),
        (
            written(manifest(sources={"org.osbuild.curl": {"items": {"../x": "u"}}})),
            r"sources.org.osbuild.curl.items: '../x' is not a checksum",
        ),
    ],
    ids=range(18),
)
def test_what_is_no_manifest(content: bytes, problem: str) -> None:
    with pytest.raises(DescriptionError, match=problem):
        document.read(content, "m.json")


def test_a_huge_file_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LARGEST", 10)
    with pytest.raises(DescriptionError, match="is no manifest: it has more than"):
        document.read(b"{" * 11, "m.json")


def test_a_pipeline_that_is_its_own_input() -> None:
    own: dict[str, Any] = disk()
    own["stages"][0]["inputs"]["tree"]["references"] = ["name:image"]
    with pytest.raises(DescriptionError, match="image refers to image"):
        read(manifest(pipelines=[*pipelines()[:2], own]))

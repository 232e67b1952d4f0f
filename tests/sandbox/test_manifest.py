"""Built from a manifest: one that an earlier build kept, and one from this machine.

No registry has osbuild, so minidist has a stand-in for it; see tests/contract.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .batch import assert_refused, end
from .image import build
from .under_test import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .batch import Ended
    from .image import Image
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

NAME = "minidist-Raw"
#: Where nobody listens: a repository that is long gone.
DEAD = "http://127.0.0.1:1/gone"


@pytest.fixture(scope="module")
def first(koji: Koji) -> Image:
    """What image-builder made, with its manifest."""
    words = (koji.target, NAME, "3", "generic-container", "--distro", "minidist-1")
    return build(koji, *words, tool="image-builder")


@pytest.fixture(scope="module")
def manifest(first: Image) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(first.text(".osbuild-manifest.json"))
    return found


@pytest.fixture
def write(manifest: dict[str, Any], tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    """The manifest with a change, as a file."""

    def written(change: Callable[[Any], None]) -> Path:
        changed = json.loads(json.dumps(manifest))
        change(changed)
        path = tmp_path / "manifest.json"
        path.write_text(json.dumps(changed))
        return path

    return written


def forget_addresses(manifest: Any) -> None:
    for item in manifest["sources"]["org.osbuild.curl"]["items"].values():
        item["url"] = f"{DEAD}/{item['url'].rpartition('/')[2]}"


def place(first: Image) -> dict[str, str]:
    name = first.one(".osbuild-manifest.json")
    return {
        "archive": f"{first.child}/{first.nvr}/{name}",
        "sha256": str(first.files[name]["sha256"]),
    }


def rpms(image: Image) -> list[Any]:
    found: list[Any] = image.json()["rpms"]
    return found


def submit(koji: Koji, **source: object) -> Ended:
    named = {"name": NAME, "version": "6", **source}
    session = koji.session()
    task = session.imageBuildLocal(koji.target, [koji.arch], "manifest", named, {"scratch": True})
    return end(koji, task, timeout=300)


def test_packages_come_from_koji_when_the_repository_is_gone(
    koji: Koji, first: Image, write: Callable[[Callable[[Any], None]], Path]
) -> None:
    again = build(koji, koji.target, NAME, "4", str(write(forget_addresses)), tool="manifest")

    assert again.build
    assert set(again.files) == {
        f"{again.nvr}.{koji.arch}.{end}"
        for end in ("tar", "tar.spdx.json", "osbuild-manifest.json", "image-build.json")
    }
    assert rpms(again) == rpms(first)
    headline, *rest = again.log("20-sources.log").splitlines()
    known, _, total = headline.split()[:3]
    assert known == total == str(len(rest))
    assert all(line.startswith("koji     packages/") for line in rest)
    (image,) = again.json()["used"]["details"]["images"]
    assert (image["export"], image["type"]) == ("container", "container")


def test_what_an_earlier_build_kept(koji: Koji, first: Image) -> None:
    ended = submit(koji, **place(first))

    assert ended.state == "CLOSED"
    (arch,) = ended.arches
    files = koji.session().getTaskResult(arch.task)["files"]
    assert f"{NAME}-6-1.{koji.arch}.tar" in files


def test_a_source_that_is_gone_everywhere_is_named(
    koji: Koji, write: Callable[[Callable[[Any], None]], Path], tmp_path: Path
) -> None:
    def lose(manifest: Any) -> None:
        (item, *_) = manifest["sources"]["org.osbuild.curl"]["items"].values()
        item["url"] = "file:///gone/lost-1-1.noarch.rpm"

    path = write(lose)
    words = ("manifest", koji.target, NAME, "5", str(path), "--scratch", "--wait", "--json")
    ran = koji.run("image-build-local", *words, status=1, folder=tmp_path)

    (arch,) = json.loads(ran.out)["arches"].values()
    assert "Failed in 'download sources'" in arch["error"]
    assert "file:///gone/lost-1-1.noarch.rpm" in arch["error"]


def test_an_unknown_stage_is_named(
    koji: Koji, write: Callable[[Callable[[Any], None]], Path], tmp_path: Path
) -> None:
    def rename(manifest: Any) -> None:
        manifest["pipelines"][-1]["stages"][-1]["type"] = "org.osbuild.nosuch"

    path = write(rename)
    words = ("manifest", koji.target, NAME, "5", str(path), "--scratch", "--wait", "--json")
    ran = koji.run("image-build-local", *words, status=1, folder=tmp_path)

    (arch,) = json.loads(ran.out)["arches"].values()
    assert "refused the manifest" in arch["error"]
    assert "org.osbuild.nosuch" in arch["error"]


def version_1(manifest: Any) -> None:
    manifest["version"] = "1"


def two_images(manifest: Any) -> None:
    manifest["pipelines"].append({"name": "another", "stages": []})


@pytest.mark.parametrize(
    ("change", "words", "says"),
    [
        (version_1, (), "manifest.json is a manifest of version 1; only version 2 can be built"),
        (two_images, (), "The manifest does not say what to export; it has container, another"),
        (forget_addresses, ("--export", "nope"), "The manifest has no 'nope' to export: "),
    ],
    ids=["version", "exports", "export"],
)
def test_refused_before_there_is_a_task(
    koji: Koji,
    write: Callable[[Callable[[Any], None]], Path],
    change: Callable[[Any], None],
    words: tuple[str, ...],
    says: str,
) -> None:
    path = write(change)
    more = (koji.target, NAME, "5", str(path), *words)

    ran = koji.run("image-build-local", "manifest", *more, status=2, folder=path.parent)

    assert ran.err.startswith(f"error: {says}")
    assert not ran.out


def test_an_archive_that_is_gone_or_another_one(koji: Koji, first: Image) -> None:
    there = place(first)
    gone = submit(koji, **{**there, "archive": there["archive"].replace(".osbuild", ".nosuch")})
    assert_refused(koji, gone, f"{first.nvr}.{koji.arch}.nosuch-manifest.json is gone: neither")
    other = submit(koji, **{**there, "sha256": "0" * 64})
    assert_refused(koji, other, f"{first.nvr}.{koji.arch}.osbuild-manifest.json of task")


def test_an_export_that_is_not_there(koji: Koji, first: Image) -> None:
    ended = submit(koji, **place(first), export="nope")
    assert_refused(koji, ended, "The manifest has no 'nope' to export: ")


def with_fault(name: str) -> Callable[[Any], None]:
    def change(manifest: Any) -> None:
        stage = {"type": "org.minidist.fault", "options": {"fault": name}}
        manifest["pipelines"][-1]["stages"].append(stage)

    return change


@pytest.mark.parametrize("name", ["leaked-mount", "leaked-loop"])
def test_what_osbuild_leaves_is_cleared_away(
    koji: Koji, write: Callable[[Callable[[Any], None]], Path], name: str
) -> None:
    path = write(with_fault(name))
    made = build(koji, koji.target, NAME, "7", str(path), "--scratch", tool="manifest")
    assert made.one(".tar")


def test_a_cancel_ends_what_does_not_listen(
    koji: Koji, write: Callable[[Callable[[Any], None]], Path]
) -> None:
    path = write(with_fault("deaf"))
    words = ("manifest", koji.target, NAME, "8", str(path), "--scratch", "--nowait", "--json")
    task = json.loads(koji.run("image-build-local", *words).out)["task"]
    wait_until(lambda: bool(koji.machine.running("signal.SIG_IGN")))

    koji.run("cancel", str(task))

    assert end(koji, task).state == "CANCELED"
    wait_until(lambda: not koji.machine.running("signal.SIG_IGN"))

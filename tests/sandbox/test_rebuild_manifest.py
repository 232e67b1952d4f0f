"""image-builder's builds, built again from the manifests that they kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .image import build
from .under_test import json_of

if TYPE_CHECKING:
    from .image import Image
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def first(koji: Koji) -> Image:
    words = (koji.target, "minidist-Raw", "2", "generic-qcow2", "--distro=minidist-1")
    return build(koji, *words, tool="image-builder")


def rebuilt(koji: Koji, *words: str) -> tuple[dict[str, Any], list[str]]:
    """How the arch is described by the parent, and the lines about it in the summary."""
    document = json_of(koji.run("image-rebuild-local", "--wait", "--json", *words))
    assert document["state"] == "CLOSED"
    session = koji.session()
    nvr = document["build"]
    whole = json.loads(session.downloadTaskOutput(document["task"], f"{nvr}.image-build.json"))
    summary = session.downloadTaskOutput(document["task"], "summary.log").decode()
    found: dict[str, Any] = whole["arches"][koji.arch]
    return found, [line.strip() for line in summary.splitlines()]


def test_the_same_manifest_is_the_same_layout(koji: Koji, first: Image) -> None:
    arch, said = rebuilt(koji, str(first.task))

    assert f"from the manifest of task {first.child}" in said
    assert arch["manifest_of"] == first.child
    compared = arch["compared"]
    assert compared["same_packages"] is True
    assert compared["same_manifest"] is True
    (line,) = [line for line in said if line.startswith("compared with task")]
    assert line.startswith(f"compared with task {first.child}: same packages (")
    assert "; same layout and UUIDs" in line
    assert ("; same bits" in line) == compared["same_bits"]


def test_fresh_packages_make_another_manifest(koji: Koji, first: Image) -> None:
    arch, said = rebuilt(koji, str(first.task), "--fresh-repo")

    assert "manifest_of" not in arch
    assert not [line for line in said if line.startswith("from the manifest")]

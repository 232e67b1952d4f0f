"""Registrations are taken out of manifests that are kept, and put back beside them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.errors import DescriptionError, OutputRefused, PreflightError
from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.layout import Layout
from koji_imagebuild.tools.manifest import document, withheld
from koji_imagebuild.tools.registrations import Registrations

from .documents import manifest, written

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Registrations("rhel", "1234567", "sesame-0815")
FILE = {
    "redhat": {"subscription": {"organization": "1234567", "activation_key": "sesame-0815"}},
}


def inline(*contents: bytes) -> dict[str, Any]:
    items = {
        f"sha256:{hashlib.sha256(content).hexdigest()}": {
            "encoding": "base64",
            "data": base64.b64encode(content).decode(),
        }
        for content in contents
    }
    return {"org.osbuild.inline": {"items": items}}


WHOLE = manifest(sources=inline(b"another file", SECRET.file))


def indented(value: object) -> bytes:
    """As Go writes it, unlike Python."""
    return json.dumps(value, indent=1, separators=(",", ":")).encode()


def lent(folder: Path, content: object = FILE) -> Layout:
    layout = Layout(folder)
    path = layout.on_builder(registrations.place(layout.work))
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))
    return layout


def test_a_manifest_keeps_all_its_other_bytes() -> None:
    whole = indented(WHOLE)

    kept = withheld.withhold(whole, SECRET, "qcow2")

    assert b"sesame" not in kept
    data = base64.b64encode(SECRET.file)
    assert data not in kept
    assert kept.replace(b"(withheld: registrations)", data) == whole
    assert document.read(kept, "it").withheld == {SECRET.checksum}
    assert not document.read(whole, "it").withheld


def test_what_stands_for_data_is_none() -> None:
    """A strict decoder refuses it, and what a lax one makes of it has another digest."""
    with pytest.raises(ValueError, match="base64"):
        base64.b64decode(withheld.WITHHELD, validate=True)


@pytest.mark.parametrize("sources", [{}, inline(b"another file"), inline(SECRET.file + b"\n")])
def test_an_image_that_does_not_register(sources: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError, match="puts no registrations into iso"):
        withheld.withhold(written(manifest(sources=sources)), SECRET, "iso")


@pytest.mark.parametrize(
    "changed",
    [
        manifest(sources=inline(SECRET.file, b"rhsm --key=sesame-0815 --org=1")),
        {**WHOLE, "pipelines": [{"name": "a", "stages": [{"options": {"k": ["sesame-0815"]}}]}]},
        {**WHOLE, "pipelines": [{"name": "a", "stages": [{"options": {"sesame-0815": 1}}]}]},
    ],
    ids=["inline", "option", "key"],
)
def test_a_key_that_is_elsewhere_too(changed: dict[str, Any]) -> None:
    with pytest.raises(OutputRefused, match="where it cannot be taken out") as caught:
        withheld.withhold(written(changed), SECRET, "iso")

    assert "sesame" not in str(caught.value)


def test_a_word_that_holds_the_key() -> None:
    both = manifest(sources=inline(SECRET.file, b"sesame-08152 sesame-0815-b my-sesame-0815"))
    assert withheld.withhold(written(both), SECRET, "iso")


def test_registrations_are_named_where_there_is_a_place_for_them() -> None:
    kept = document.read(withheld.withhold(written(WHOLE), SECRET, "qcow2"), "it")
    plain = document.read(written(manifest()), "it")

    withheld.check(kept, "m.json", "rhel")
    withheld.check(plain, "m.json", "")
    with pytest.raises(DescriptionError, match="kept without the registrations") as caught:
        withheld.check(kept, "m.json", "")
    assert caught.value.repair.startswith("Give --registrations NAME")
    with pytest.raises(DescriptionError, match="has no place for registrations"):
        withheld.check(plain, "m.json", "rhel")


def test_osbuild_finds_them_in_its_store(tmp_path: Path) -> None:
    kept = document.read(withheld.withhold(written(WHOLE), SECRET, "qcow2"), "it")
    layout = lent(tmp_path)

    for _ in ("one image", "another of the same task"):
        withheld.put_back(kept, "m.json", "rhel", layout)

    folder = layout.on_builder(layout.work) / "osbuild/store/sources/org.osbuild.files"
    (item,) = folder.iterdir()
    assert item.name == SECRET.checksum
    assert item.read_bytes() == SECRET.file
    assert item.stat().st_mode & 0o777 == 0o600


def test_others_than_then(tmp_path: Path) -> None:
    kept = document.read(withheld.withhold(written(WHOLE), SECRET, "qcow2"), "it")
    other = {"organization": "1234567", "activation_key": "shibboleth"}
    layout = lent(tmp_path, {"redhat": {"subscription": other}})

    with pytest.raises(PreflightError) as caught:
        withheld.put_back(kept, "m.json", "rhel", layout)

    assert "other registrations than this builder has as rhel" in str(caught.value)
    assert "shibboleth" not in str(caught.value)
    assert not layout.on_builder(layout.work / "osbuild").exists()

"""Versions as ``image-builder version --format json`` of 79 prints them."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.tools.image_builder.preparation import check_version


def printed(version: str, osbuild: str) -> str:
    facts = f'"version":"{version}","commit":"unknown","dependencies":{{"osbuild":"{osbuild}"}}'
    return f'{{"image-builder":{{{facts}}}}}'


@pytest.mark.parametrize("versions", [("79", "191"), ("v79", "osbuild191"), ("49.1.0", "190.1")])
def test_versions_that_are_new_enough(versions: tuple[str, str]) -> None:
    check_version(printed(*versions))


@pytest.mark.parametrize(
    ("text", "there"),
    [
        (printed("48", "191"), "image-builder 48 with osbuild 191;"),
        (printed("79", "189"), "image-builder 79 with osbuild 189;"),
        (printed("79", ""), r"image-builder 79 with osbuild \(no version\);"),
        (printed("unknown", "191"), r"image-builder \(no version\) with osbuild 191;"),
        ("", r"image-builder \(no version\) with osbuild \(no version\);"),
    ],
)
def test_versions_that_are_not(text: str, there: str) -> None:
    with pytest.raises(PreflightError, match=there):
        check_version(text)

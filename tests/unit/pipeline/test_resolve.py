"""Which arches a request gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.pipeline.resolve import choose_arches

from .samples import TAG

WIDE = replace(TAG, arches=("x86_64", "aarch64", "i386", "armhfp"))


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ((), ("x86_64", "aarch64", "i386", "armhfp")),
        (("aarch64", "x86_64"), ("aarch64", "x86_64")),
        (("x86_64", "x86_64"), ("x86_64",)),
        (("i686", "i586", "armv7hl"), ("i386", "armhfp")),
    ],
)
def test_canonical_and_in_the_order_asked(asked: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert choose_arches(asked, WIDE) == chosen


def test_what_the_tag_does_not_have_is_named_beside_what_it_has() -> None:
    with pytest.raises(RequestError, match="minidist-build has no arch s390x, ppc64le; it has x86"):
        choose_arches(("x86_64", "s390x", "ppc64le"), TAG)


def test_a_tag_without_arches() -> None:
    with pytest.raises(RequestError, match="has no arches") as caught:
        choose_arches(("x86_64",), replace(TAG, arches=()))

    assert caught.value.repair == "koji edit-tag --arches='x86_64' minidist-build"

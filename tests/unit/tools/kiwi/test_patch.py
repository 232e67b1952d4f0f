"""What golden files do not show: where there is no place for name or version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi import includes
from koji_imagebuild.tools.kiwi.patch import effective
from koji_imagebuild.tools.kiwi.selection import select

from .described import PLAIN, flat, image, write

if TYPE_CHECKING:
    from pathlib import Path


def test_only_name_and_version_change(tmp_path: Path) -> None:
    chosen = select(flat(tmp_path), None, "x86_64")
    expected = image(PLAIN.replace("1.0", "2.5"), 'schemaversion="8.4" name="other-Disk"')
    assert effective(chosen, "other-Disk", "2.5") == expected.encode()


def test_versions_of_other_profiles_and_arches_stay(tmp_path: Path) -> None:
    others = (
        '<preferences profiles="X"><version>7</version></preferences>'
        '<preferences arch="s390x"><version>8</version></preferences>'
    )
    text = effective(select(flat(tmp_path, PLAIN + others), None, "x86_64"), "small", "2.5")
    assert text.count(b"<version>2.5<") == 1
    assert b"<version>7<" in text
    assert b"<version>8<" in text


def test_no_place_for_a_name(tmp_path: Path) -> None:
    tree = write(tmp_path, a_kiwi=image(attributes='schemaversion="8.4" displayname="x"'))
    chosen = select(includes.flatten(tree, "a.kiwi"), None, "x86_64")
    with pytest.raises(DescriptionError, match="line 1: <image> has no name"):
        effective(chosen, "small", "1")


def test_no_place_for_a_version(tmp_path: Path) -> None:
    chosen = select(
        flat(tmp_path, '<preferences><type image="tbz"/></preferences>'), None, "x86_64"
    )
    with pytest.raises(DescriptionError, match="has no <version> for no profile on x86_64"):
        effective(chosen, "small", "1")


def test_a_name_that_koji_takes_and_kiwi_does_not(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="kiwi does not take"):
        effective(select(flat(tmp_path), None, "x86_64"), "small++", "1")

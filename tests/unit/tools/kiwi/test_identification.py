from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.tools.kiwi.asked import KiwiOptions
from koji_imagebuild.tools.kiwi.identification import find, identify

from .described import PLAIN, image, write

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.base import Identity


def _identify(folder: Path, text: str, **options: object) -> Identity:
    asked = KiwiOptions(**options)  # type: ignore[arg-type]
    return identify(write(folder, a_kiwi=text), "a.kiwi", asked, "x86_64")


def test_a_folder_with_one_description(tmp_path: Path) -> None:
    tree = write(tmp_path, d__a_kiwi=image(), d__b_xml="", d__c_kiwi_old="")
    assert find(tree, "d") == "d/a.kiwi"
    assert find(tree, "d/./a.kiwi") == "d/a.kiwi"
    assert find(write(tmp_path / "d"), ".") == "a.kiwi"


def test_a_folder_with_several_or_none(tmp_path: Path) -> None:
    tree = write(tmp_path, d__b_kiwi="", d__a_kiwi="", e__x_xml="")
    with pytest.raises(DescriptionError, match=r"d has several \.kiwi files: a\.kiwi, b\.kiwi"):
        find(tree, "d")
    with pytest.raises(DescriptionError, match=r"e has no \.kiwi file in the checkout"):
        find(tree, "e")
    with pytest.raises(DescriptionError, match="f does not exist in the checkout"):
        find(tree, "f")


def test_names(tmp_path: Path) -> None:
    found = _identify(tmp_path, image())
    assert (found.name, found.version) == ("small", "1.0")
    assert found.file_names == (
        "small.x86_64-1.0-1.tar.xz",
        "small.x86_64-1.0-1.tar.xz.sha256",
        "small.x86_64-1.0-1.tar.xz.spdx.json",
        "small.x86_64-1.0-1.packages",
        "small.x86_64-1.0-1.changes.xz",
        "small.x86_64-1.0-1.verified",
        "small-1.0-1.x86_64.kiwi.xml",
        "small-1.0-1.x86_64.image-build.json",
    )


def test_a_profile_is_part_of_the_name(tmp_path: Path) -> None:
    profiles = '<profiles><profile name="Disk" description="d"/></profiles>'
    assert _identify(tmp_path, image(profiles + PLAIN), profile="Disk").name == "small-Disk"


def test_a_version_that_was_asked_for(tmp_path: Path) -> None:
    hyphen = image(PLAIN.replace("1.0", "1-0"))
    assert _identify(tmp_path, hyphen, version="2").version == "2"
    empty = image(PLAIN.replace("1.0", ""))
    assert _identify(tmp_path, empty, version="2").version == "2"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (image(PLAIN.replace("1.0", "1-0")), "a.kiwi: version: '1-0' holds a hyphen"),
        (image(PLAIN.replace("1.0", "1/0")), "a.kiwi: version: '1/0' is not a version"),
        (image(PLAIN.replace("1.0", "")), "a.kiwi has no <version> for no profile on x86_64"),
        (image(attributes='schemaversion="8.0" name="-x"'), "a.kiwi: '-x' is not a name"),
        (image(attributes='schemaversion="8.0"'), "a.kiwi line 1: <image> has no name"),
        (image(f'<include from="this://b.xml"/>{PLAIN}'), "b.xml does not exist"),
    ],
)
def test_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DescriptionError) as refused:
        _identify(tmp_path, text)
    assert says in refused.value.what


def test_an_unknown_attribute_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has no attribute nosuch"):
        _identify(tmp_path, image(), type_attrs=("nosuch=1",))


GENERATED = image(f'<include from="this://generated.xml"/>{PLAIN}')


def test_before_make_prep_what_can_be_said_is_said(tmp_path: Path) -> None:
    found = _identify(tmp_path, GENERATED, make_prep=True)
    assert len(found.file_names) == 8
    found = _identify(tmp_path, GENERATED, make_prep=True, profile="Generated")
    assert (found.name, found.version, found.file_names) == ("small-Generated", "1.0", ())
    bare = image('<include from="this://generated.xml"/>')
    assert _identify(tmp_path, bare, make_prep=True, version="7").version == "7"
    with pytest.raises(DescriptionError, match="outside of the files that make prep"):
        _identify(tmp_path, bare, make_prep=True)


def test_with_all_files_there_make_prep_excuses_nothing(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match='has no profile "Disk"; it has none'):
        _identify(tmp_path, image(), make_prep=True, profile="Disk")

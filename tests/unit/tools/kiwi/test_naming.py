from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.tools.kiwi import naming
from koji_imagebuild.tools.kiwi.asked import KiwiOptions
from koji_imagebuild.tools.kiwi.naming import DEFAULT, Naming, check_bundle_format
from koji_imagebuild.tools.kiwi.selection import select

from .described import flat

if TYPE_CHECKING:
    from pathlib import Path


def _stems(folder: Path, *types: str, pattern: str | None, version: str = "1.2") -> list[str]:
    inside = "".join(f"<type {kind}/>" for kind in types)
    chosen = select(flat(folder, f"<preferences>{inside}</preferences>"), None, "x86_64")
    found = naming.stems(
        chosen.types, KiwiOptions(bundle_format=pattern), Naming.of(chosen, NVR("a", version, "3"))
    )
    return [f"{stem.kiwi} > {stem.build}" for stem in found]


def test_kiwis_own_way(tmp_path: Path) -> None:
    assert _stems(tmp_path, 'image="tbz"', pattern=None) == ["a.x86_64-1.2-3 > a.x86_64-1.2-3"]


def test_as_asked(tmp_path: Path) -> None:
    found = _stems(tmp_path, 'image="tbz"', pattern="%N_%M-%m-%p-%I.%T.%A%x", version="4.5.6.7")
    assert found == ["a.x86_64-4.5.6.7-3 > a_4-5-6.7-3.tbz.x86_64%x"]


def test_the_version_may_be_in_the_arch(tmp_path: Path) -> None:
    """kiwi replaces the version wherever it stands behind the name."""
    found = _stems(tmp_path, 'image="tbz"', pattern=None, version="86")
    assert found == ["a.x86-3_64-86-3 > a.x86-3_64-86-3"]


def test_the_descriptions_own_pattern(tmp_path: Path) -> None:
    own = 'image="tbz" bundle_format="%N-%v"'
    assert _stems(tmp_path, own, pattern=None, version="1") == ["a-1 > a-1"]
    assert _stems(tmp_path, own, pattern=DEFAULT, version="1") == ["a-1 > a-1-3.x86_64"]
    with pytest.raises(DescriptionError, match=r"cannot use a bundle_format with version 1\.2"):
        _stems(tmp_path, own, pattern=DEFAULT)
    with pytest.raises(DescriptionError, match="is no file name"):
        _stems(tmp_path, 'image="tbz" bundle_format="../%N"', pattern=DEFAULT)


@pytest.mark.parametrize("pattern", [DEFAULT, None])
def test_types_with_one_suffix_are_told_apart(tmp_path: Path, pattern: str | None) -> None:
    found = _stems(tmp_path, 'image="tbz"', 'image="docker"', 'image="kis"', pattern=pattern)
    assert [stem.partition(" > ")[2] for stem in found] == [
        "a-1.2-3.tbz.x86_64",
        "a-1.2-3.x86_64" if pattern else "a.x86_64-1.2-3",
        "a-1.2-3.kis.x86_64",
    ]


def test_a_pattern_of_the_users_own_is_not_changed(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"%N\.%A calls both tbz and kis a\.x86_64\.tar\.xz"):
        _stems(tmp_path, 'image="tbz"', 'image="kis"', pattern="%N.%A")


def test_several_arches_need_the_arch() -> None:
    check_bundle_format(None, ("x86_64", "s390x"))
    check_bundle_format("%N", ("x86_64",))
    check_bundle_format(DEFAULT, ("x86_64", "s390x"))
    with pytest.raises(RequestError, match="gives the files of x86_64 and s390x the same names"):
        check_bundle_format("%N-%v", ("x86_64", "s390x"))

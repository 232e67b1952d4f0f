from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi.selection import nearest, select

from .described import flat

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.kiwi.includes import Flat

DISTRO = """
<profiles>
  <profile name="Disk" description="d"><requires profile="Boot"/></profile>
  <profile name="Live" description="l">
    <requires profile="Boot"/><requires profile="Arm" arch="aarch64"/>
  </profile>
  <profile name="Boot" description="b"><requires profile="Core"/></profile>
  <profile name="Core" description="c"><requires profile="Boot"/></profile>
  <profile name="Arm" description="a" arch="aarch64"/>
  <profile name="Broken" description="x"><requires profile="Nothing"/></profile>
  <profile name="Container" description="i" import="true"/>
</profiles>
<preferences arch="aarch64,riscv64"><version>2.0</version></preferences>
<preferences><version> 1.0 </version><release-version>9</release-version></preferences>
<preferences profiles="Live"><version>3.0</version></preferences>
<preferences profiles="Disk,Live"><type image="oem"/></preferences>
<preferences profiles="Live"><type image="iso" primary="true"/></preferences>
<preferences profiles="Container"><type image="docker"/><type image="oci"/></preferences>
<preferences profiles="Broken"><type image="tbz"/><type image="tbz"/></preferences>
<packages type="image" profiles="Live"/>
<packages type="image"/>
"""


@pytest.fixture
def distro(tmp_path: Path) -> Flat:
    return flat(tmp_path, DISTRO)


def test_what_a_profile_requires_comes_with_it(distro: Flat) -> None:
    assert select(distro, "Disk", "x86_64").profiles == ("Disk", "Boot", "Core")
    assert select(distro, "Live", "x86_64").profiles == ("Live", "Boot", "Core")
    assert select(distro, "Live", "aarch64").profiles == ("Live", "Boot", "Core", "Arm")


def test_without_a_profile_the_imported_ones_apply(distro: Flat) -> None:
    chosen = select(distro, None, "x86_64")
    assert chosen.profiles == ("Container",)
    assert [kind.image for kind in chosen.build_types(())] == ["docker"]


def test_kiwis_choice_of_a_type(distro: Flat) -> None:
    live = select(distro, "Live", "x86_64")
    assert [kind.image for kind in live.types] == ["oem", "iso"]
    assert [kind.image for kind in live.build_types(())] == ["iso"]
    assert [kind.image for kind in live.build_types(("oem", "iso"))] == ["iso", "oem"]


def test_the_first_version_that_applies(distro: Flat) -> None:
    assert select(distro, "Live", "x86_64").version == "1.0"
    assert select(distro, "Live", "aarch64").version == "2.0"
    assert select(distro, "Live", "x86_64").setting("release-version") == "9"


def test_sections_of_the_profile(distro: Flat) -> None:
    assert len(select(distro, "Live", "x86_64").sections("packages")) == 2
    assert len(select(distro, "Disk", "x86_64").sections("packages")) == 1


def test_koji_arches_become_machines(distro: Flat) -> None:
    assert select(distro, "Disk", "i386").machine == "i686"
    assert select(distro, "Disk", "armhfp").machine == "armv7l"


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (
            "Dsik",
            'a.kiwi has no profile "Dsik"; it has Disk, Arm, Boot, Broken, Container, Core, Live',
        ),
        ("Arm", 'a.kiwi: profile "Arm" is for aarch64, not for x86_64'),
        ("Broken", 'a.kiwi has no profile "Nothing", which profile Broken requires'),
    ],
)
def test_unknown_profiles(distro: Flat, profile: str, says: str) -> None:
    with pytest.raises(DescriptionError) as refused:
        select(distro, profile, "x86_64")
    assert refused.value.what.startswith(says)


def test_unknown_type(distro: Flat) -> None:
    with pytest.raises(DescriptionError) as refused:
        select(distro, "Live", "x86_64").build_types(("oem", "vmx"))
    assert refused.value.what == (
        'a.kiwi has no type "vmx" for profile Live on x86_64; it has iso, oem'
    )


def test_no_type_without_a_profile(tmp_path: Path) -> None:
    found = flat(tmp_path, DISTRO.replace(' import="true"', ""))
    with pytest.raises(DescriptionError) as refused:
        select(found, None, "x86_64").build_types(())
    assert refused.value.what == "a.kiwi has no type for no profile on x86_64"
    assert refused.value.repair.startswith("Give a profile; it has Arm, Boot, ")


def test_a_type_set_up_twice(tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="line 3: type tbz is already set up in"):
        select(
            flat(tmp_path, '<preferences><type image="tbz"/>\n<type image="tbz"/></preferences>'),
            None,
            "x86_64",
        )


def test_no_version(tmp_path: Path) -> None:
    chosen = select(flat(tmp_path, '<preferences><type image="tbz"/></preferences>'), None, "s390x")
    with pytest.raises(DescriptionError, match="no <version> for no profile on s390x"):
        _ = chosen.version


def test_a_hundred_names_are_cut() -> None:
    names = [f"Profile-{number}" for number in range(100)]
    assert nearest("profile-42", names).startswith("Profile-42, ")
    assert nearest("x", names).endswith(" and 88 more")

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools.kiwi import sharing
from koji_imagebuild.tools.kiwi.asked import KiwiOptions
from koji_imagebuild.tools.kiwi.selection import select

from .described import flat, write

if TYPE_CHECKING:
    from pathlib import Path

TYPES = '<preferences><type image="docker"/><type image="oem"/></preferences>'


def _obstacle(folder: Path, inside: str = TYPES, script: str = "", *type_attrs: str) -> str:
    chosen = select(flat(folder, inside), None, "x86_64")
    scripts = {"config.sh": script.encode()}
    return sharing.obstacle(chosen, chosen.types, KiwiOptions(type_attrs=type_attrs), scripts)


def test_what_shares(tmp_path: Path) -> None:
    packages = '<packages type="image"/><packages type="iso"/><packages type="oem" profiles="X"/>'
    script = "# kiwi_* are set\necho $kiwi_profiles $kiwi_iname ${kiwi_iversion} $my_kiwi_type"
    assert _obstacle(tmp_path, TYPES + packages, script) == ""


@pytest.mark.parametrize(
    ("inside", "script", "why"),
    [
        (TYPES + '<packages type="oem"/>', "", "a.kiwi line 2 has packages for oem only"),
        (TYPES, 'test "$kiwi_type" = oem', "config.sh reads kiwi_type"),
        (TYPES, "echo ${kiwi_oemtitle:-}", "config.sh reads kiwi_oemtitle"),
        (
            '<preferences><type image="docker" derived_from="x"/><type image="oci"/></preferences>',
            "",
            "the types differ in derived_from",
        ),
    ],
)
def test_what_does_not(tmp_path: Path, inside: str, script: str, why: str) -> None:
    assert _obstacle(tmp_path, inside, script) == why


def test_type_attributes_are_for_one_type(tmp_path: Path) -> None:
    assert "attributes" in _obstacle(tmp_path, TYPES, "", "filesystem=xfs")


def test_scripts_that_run_in_prepare(tmp_path: Path) -> None:
    tree = write(tmp_path, d__config_sh="1", d__images_sh="2", post_bootstrap_sh="3")
    assert sharing.read_scripts(tree, "d") == {"config.sh": b"1"}
    assert sharing.read_scripts(tree, "") == {}
    (tmp_path / "post_bootstrap.sh").write_text("4")
    assert sharing.read_scripts(tree, "") == {"post_bootstrap.sh": b"4"}

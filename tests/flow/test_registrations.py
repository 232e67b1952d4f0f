"""Registrations are a builder's secret, which a tool is lent for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.layout import WORK, Layout

from .builder_side import Happening, Script

if TYPE_CHECKING:
    from .world import World

GOES_WRONG = {
    "nothing": Script(),
    "before": Script(steps={"make prep": Happening(1)}),
    "after": Script(steps={"install packages": Happening(1)}),
}


@pytest.mark.parametrize("what", GOES_WRONG)
def test_a_build_root_has_them_no_longer_than_the_tool_needs_them(world: World, what: str) -> None:
    world.sources.commit(prepared_first=True)
    world.scripts["x86_64"] = [GOES_WRONG[what]]

    try:
        world.build("x86_64", flavour="registrations:known")
    except koji.GenericError:
        assert what != "nothing"

    (root,) = world.roots["x86_64"].opened
    layout = Layout(root.path)
    assert root.ran[1].step == "make prep"
    assert not layout.on_builder(registrations.place(WORK)).exists()
    assert not list(root.path.rglob("sha256:*"))


def test_a_builder_without_them_says_so_before_it_makes_a_build_root(world: World) -> None:
    with pytest.raises(koji.BuildError, match="no registrations called other"):
        world.build("x86_64", flavour="registrations:other")

    assert world.roots["x86_64"].opened == []

"""RPMs that Koji does not know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.rpms import KnownRpm, Rpm, RpmList
from koji_imagebuild.pipeline import rpmlist

if TYPE_CHECKING:
    from collections.abc import Sequence

BASH = Rpm("bash", None, "5", "1", "x86_64", "ab" * 16, 1, 2)
STRANGERS = tuple(replace(BASH, name=f"stranger{n}", sigmd5="") for n in range(12))


class Hub:
    """Knows bash."""

    def resolve(self, rpms: Sequence[Rpm]) -> RpmList:
        return RpmList(
            tuple(KnownRpm(rpm) for rpm in rpms if rpm.name == "bash"),
            tuple(rpm for rpm in rpms if rpm.name != "bash"),
        )


def resolve(rpms: Sequence[Rpm], **options: bool) -> RpmList:
    return rpmlist.resolve(Hub(), rpms, BuildOptions(**options))  # type: ignore[arg-type]


def test_all_known() -> None:
    assert resolve([BASH]) == RpmList((KnownRpm(BASH),))


def test_a_real_build_is_refused_and_the_first_ten_are_named() -> None:
    with pytest.raises(OutputRefused, match="12 of 13 RPMs in the image are not known") as caught:
        resolve([BASH, *STRANGERS])

    lines = caught.value.lines
    assert lines[0] == "stranger0-5-1.x86_64  sigmd5 none"
    assert lines[10:] == ("and 2 more",)
    assert "koji add-external-repo" in caught.value.repair


@pytest.mark.parametrize("option", ["scratch", "allow_unknown_rpms"])
def test_where_they_may_be(option: str) -> None:
    found = resolve([BASH, *STRANGERS], **{option: True})

    assert found.known == (KnownRpm(BASH),)
    assert found.unknown == STRANGERS

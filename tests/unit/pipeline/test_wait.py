"""Judging how the arches ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from koji_imagebuild.errors import ArchesFailed
from koji_imagebuild.pipeline import wait

from .samples import BAD, GOOD, result

ALSO_GOOD = replace(GOOD, arch="aarch64", task_id=43)
OPTIONAL = replace(BAD, optional=True)


@pytest.mark.parametrize(
    ("outcomes", "arches"),
    [((GOOD,), ["x86_64"]), ((GOOD, ALSO_GOOD), ["x86_64"] * 2), ((GOOD, OPTIONAL), ["x86_64"])],
)
def test_good_enough(outcomes: tuple[wait.Outcome, ...], arches: list[str]) -> None:
    assert [each.arch for each in wait.judge(outcomes, "the build")] == arches


@pytest.mark.parametrize(
    ("outcomes", "counted"),
    [
        ((BAD,), "1 of 1"),
        ((GOOD, BAD), "1 of 2"),
        ((OPTIONAL,), "1 of 1"),
        ((OPTIONAL, OPTIONAL), "2 of 2"),
        ((GOOD, OPTIONAL, BAD), "2 of 3"),
    ],
)
def test_not_good_enough(outcomes: tuple[wait.Outcome, ...], counted: str) -> None:
    with pytest.raises(ArchesFailed, match=f"the build failed \\({counted} arches\\)"):
        wait.judge(outcomes, "the build")


def test_a_failed_arch_brings_its_own_words() -> None:
    with pytest.raises(ArchesFailed) as caught:
        wait.judge((GOOD, BAD, replace(BAD, arch="s390x", task_id=44, error=" \n")), "X")

    assert str(caught.value) == (
        "X failed (2 of 3 arches)\n\n"
        "  aarch64 (task 43): Failed in 'install packages'\n"
        "      nothing provides libfoo.so.1\n"
        "    log: 20-prepare.log\n"
        "  s390x (task 44): failed"
    )


@pytest.mark.parametrize(
    ("plugin", "older"),
    [(None, True), ("", True), ("kiwi 1.35", True), ("koji-imagebuild 0.1.0", False)],
)
def test_older_plugins(plugin: str | None, older: bool) -> None:  # noqa: FBT001
    assert wait.older_plugin(result("x86_64", 1, plugin=plugin)) is older

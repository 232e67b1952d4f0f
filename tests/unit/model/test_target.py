"""Targets and repositories as Koji writes them."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.target import RepoInfo, Target

from .samples import REPO, TARGET

#: As ``getBuildTarget`` and ``getRepo`` answer.
TARGET_INFO = {
    "id": 11,
    "name": "minidist",
    "build_tag": 2,
    "build_tag_name": "minidist-build",
    "dest_tag": 3,
    "dest_tag_name": "minidist-candidate",
}
REPO_INFO = {
    "id": 7,
    "tag_id": 2,
    "tag_name": "minidist-build",
    "state": 1,
    "create_event": 1284,
    "create_ts": 1763636400.5,
    "creation_time": "2026-11-20 11:00:00",
    "dist": False,
    "opts": {"src": False},
    "custom_opts": None,
    "task_id": 6,
}


def test_kojis_own_keys_are_read() -> None:
    assert Target.from_wire(TARGET_INFO) == TARGET
    assert RepoInfo.from_wire(REPO_INFO, "elsewhere") == REPO


def test_a_repo_without_its_tags_name_has_the_targets() -> None:
    old = {key: value for key, value in REPO_INFO.items() if key != "tag_name"}

    assert RepoInfo.from_wire(old, "minidist-build") == REPO


def test_both_ways() -> None:
    assert Target.from_wire(TARGET.to_wire()) == TARGET
    assert RepoInfo.from_wire(REPO.to_wire(), "") == REPO


@pytest.mark.parametrize("key", ["name", "build_tag_name", "dest_tag_name"])
def test_a_missing_name_is_named(key: str) -> None:
    with pytest.raises(RequestError, match=f"target_info.{key} is missing"):
        Target.from_wire({**TARGET_INFO, key: None})

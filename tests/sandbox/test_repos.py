"""Where the packages of an image come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .image import PATHS, build, build_all

if TYPE_CHECKING:
    from .image import Image
    from .under_test import Koji


@pytest.fixture(scope="module")
def newest(koji: Koji, descriptions: str) -> tuple[int, Image]:
    """An older generation of the repository, and a build from a new one."""
    old = koji.session().getRepo(koji.build_tag)["id"]
    koji.run("add-group", koji.build_tag, f"newer-than-{old}", user="admin")
    words = ("--wait-repo", "--wait-build=hello-2.0-3", "--scratch", "--type=tbz")
    return old, build(koji, *words, koji.target, descriptions, "tiny/tiny.kiwi")


@pytest.fixture(scope="module")
def images(koji: Koji, descriptions: str, newest: tuple[int, Image]) -> dict[str, Image]:
    """Scratch builds that differ in their repositories."""
    old, _ = newest
    event = koji.session().repoInfo(old)["create_event"]
    address = f"{koji.options()['topurl']}{PATHS.repo('$releasever', koji.build_tag)}"
    options = {
        "repo-id": (f"--repo-id={old}",),
        "event": (f"--event={event}",),
        "repos": (
            f"--repo={address}/$arch,priority=7",
            f"--repo={address}/$basearch",
            f"--releasever={old}",
        ),
        "both": (f"--repo={address}/$arch", f"--releasever={old}", "--buildroot-repo"),
    }
    what = ("--scratch", "--type=tbz", koji.target, descriptions, "tiny/tiny.kiwi")
    return dict(zip(options, build_all(koji, [(*more, *what) for more in options.values()])))


def _used(image: Image) -> list[str]:
    """The repositories that kiwi set up, below Koji's folder of the tag's."""
    log = image.log("20-kiwi-prepare.log")
    return re.findall(r"Setting up repository \S+/repos/[^/]+/(\S+)", log)


def test_wait_repo_takes_one_that_holds_the_last_change(
    koji: Koji, newest: tuple[int, Image]
) -> None:
    old, image = newest
    used, session = image.json()["used"], koji.session()
    assert used["repo"] > old
    groups = {group["name"] for group in session.getTagGroups(koji.build_tag, event=used["event"])}
    assert f"newer-than-{old}" in groups


@pytest.mark.parametrize("option", ["repo-id", "event"])
def test_an_older_generation_is_used_and_recorded(
    koji: Koji, newest: tuple[int, Image], images: dict[str, Image], option: str
) -> None:
    old, _ = newest
    used = images[option].json()["used"]
    assert (used["repo"], used["event"]) == (old, koji.session().repoInfo(old)["create_event"])
    assert _used(images[option]) == [f"{old}/{koji.arch}"]
    assert koji.session().getTaskRequest(images[option].child)[6]["id"] == old


def test_variables_in_addresses_are_replaced(
    koji: Koji, newest: tuple[int, Image], images: dict[str, Image]
) -> None:
    """And without a word about it the build tag's repository is left out."""
    old, _ = newest
    assert _used(images["repos"]) == [f"{old}/{koji.arch}"] * 2


def test_buildroot_repo_adds_the_build_tags(
    koji: Koji, newest: tuple[int, Image], images: dict[str, Image]
) -> None:
    old, image = newest
    new = image.json()["used"]["repo"]
    assert _used(images["both"]) == [f"{old}/{koji.arch}", f"{new}/{koji.arch}"]


def test_a_repositorys_priority_arrives_at_dnf(images: dict[str, Image]) -> None:
    assert "--> Priority: 7\n" in images["repos"].log("20-kiwi-prepare.log")

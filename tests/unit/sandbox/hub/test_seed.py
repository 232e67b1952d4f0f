"""A hub populated with the sandbox's world, through the API that a real Koji has as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.errors import Misconfigured
from koji_imagebuild.sandbox import seed
from koji_imagebuild.sandbox.world import MINIDIST

from .clients import client, new_state, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from koji_imagebuild.sandbox.state import State

# Koji's fastUpload leaves the file it sends to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EXTRA = {"mock.new_chroot": 0, "mock.use_bootstrap": 0}
WORLD = replace(MINIDIST, arch="x86_64", external_repos={"more": "http://127.0.0.1/more/"})


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory, certs: Path) -> Iterator[State]:
    state = new_state(tmp_path_factory.mktemp("seed"), certs)
    with running(state):
        yield state


@pytest.fixture
def admin(state: State) -> Any:
    return client(state, "admin")


def test_everything_is_there(state: State, admin: Any) -> None:
    seed.seed(state, world=WORLD)
    assert admin.getUserPerms("releng") == ["image"]
    assert admin.getUserPerms("nobody") == []
    host = admin.getHost("builder")
    assert (host["arches"], host["capacity"]) == ("x86_64", 10.0)
    assert [c["name"] for c in admin.listChannels("builder")] == ["default", "createrepo", "image"]
    target = admin.getBuildTarget("minidist")
    assert (target["build_tag_name"], target["dest_tag_name"]) == (
        "minidist-build",
        "minidist-candidate",
    )
    config = admin.getBuildConfig("minidist-build")
    assert (config["arches"], config["extra"]) == ("x86_64", EXTRA)
    assert {group["name"] for group in admin.getTagGroups("minidist-build")} >= {"kiwi-build"}
    assert admin.checkTagPackage("minidist-candidate", "minidist-Disk")
    assert admin.getExternalRepoList("minidist-build")[0]["url"] == "http://127.0.0.1/more/"
    assert client(state, "releng").getLoggedInUser()["name"] == "releng"


def test_a_second_time_changes_nothing(
    state: State, admin: Any, make_rpm: Callable[..., Path]
) -> None:
    packages = [make_rpm("hello", "noarch"), make_rpm("two", "x86_64")]
    seed.seed(state, packages, WORLD)
    before = admin.getLastEvent()["id"]
    admin.editTag2("minidist-build", extra={"mock.new_chroot": 1})
    seed.seed(state, packages, WORLD)
    assert admin.getLastEvent()["id"] == before + 1
    assert admin.getTag("minidist-build")["extra"] == {**EXTRA, "mock.new_chroot": 1}


def test_packages_become_builds(state: State, admin: Any, make_rpm: Callable[..., Path]) -> None:
    seed.seed(state, [make_rpm("hello", "noarch")], WORLD)
    assert "hello-1-1" in [build["nvr"] for build in admin.listTagged("minidist-build")]
    [rpm] = admin.listBuildRPMs("hello-1-1")
    assert rpm["payloadhash"]
    paths = koji.PathInfo(topdir=str(state.topdir))
    path = f"{paths.build(admin.getBuild('hello-1-1'))}/{paths.rpm(rpm)}"
    assert koji.get_rpm_header(path)


def test_another_package_of_the_same_name(
    state: State, admin: Any, make_rpm: Callable[..., Path]
) -> None:
    rpm = make_rpm("hello", "noarch")
    seed.seed(state, [rpm], WORLD)
    other = make_rpm("hello", "noarch", summary="Something else")
    with pytest.raises(Misconfigured, match=r"the hub has another hello-1-1\.noarch\.rpm"):
        seed.seed(state, [other], WORLD)

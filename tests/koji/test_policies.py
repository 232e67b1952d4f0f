"""The hub's policies see method, target and scratch of our tasks, and are obeyed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from tests.sandbox.batch import end
from tests.sandbox.hostile import Hostile

if TYPE_CHECKING:
    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Built, Koji

RELEASED = "released"  # another target
#: The builder listens to all of them.
CHANNELS = ("parents", "drafts", "arches", "draft-arches", "configured")
POLICIES = f"""\
[policy]
channel =
    target {RELEASED} :: req
    method imageBuildLocal kiwiBuild && bool scratch && target minidist :: use drafts
    method imageBuildLocal kiwiBuild && target minidist :: use parents
    method createKiwiImage && bool scratch && target minidist :: use draft-arches
    method createKiwiImage && target minidist :: use arches
    has req_channel :: req
    is_child_task :: parent
    all :: use default
image_build_local =
    target {RELEASED} && bool scratch :: allow
    target {RELEASED} && has_perm admin :: allow
    target {RELEASED} :: deny the compose builds what is released
    method kiwiBuild && bool scratch :: deny drafts are for people
    all :: allow
tag =
    version 9 :: deny not for everybody
    all :: allow
volume =
    target minidist && package tiny :: images
    all :: DEFAULT
build_from_scm =
    match scm_repository /scm/drafts && bool scratch && match channel drafts :: allow
    match scm_repository /scm/drafts && bool scratch && match channel draft-arches :: allow
    match scm_repository /scm/policies :: allow
    all :: deny not from there
"""


@pytest.fixture(scope="module", autouse=True)
def policies(koji: Koji, instance: Instance) -> None:
    admin = koji.session("admin")
    for channel in CHANNELS:
        admin.addHostToChannel("builder", channel, create=True)
    admin.createBuildTarget(RELEASED, koji.build_tag, koji.dest_tag)
    (instance.state.topdir / "vol" / "images").mkdir()
    admin.addVolume("images")
    more = instance.state.folder / "hub.conf.d"
    more.mkdir()
    (more / "policies.conf").write_text(POLICIES)
    instance.changes["kojid"] = {
        "allowed_scms_use_config": "False",
        "allowed_scms_use_policy": "True",
    }
    koji.machine.kill_builder()
    koji.machine.kill_hub()
    koji.machine.start_hub()
    koji.machine.start_builder()


@pytest.fixture(scope="module")
def urls(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    top = tmp_path_factory.mktemp("policies")
    Hostile(kiwi="").write(top / "x")
    return {name: koji.publish(top, name) for name in ("policies", "drafts")}


def ask(koji: Koji, method: str, url: str, target: str = "", **opts: object) -> int:
    session, target, path = koji.session(), target or koji.target, "x/x.kiwi"
    if method == "kiwiBuild":
        task = session.kiwiBuild(target, [koji.arch], url, path, make_prep=True, **opts)
    else:
        source = {"url": url, "path": path}
        task = session.imageBuildLocal(target, [], "kiwi", source, {"make_prep": True, **opts})
    return int(task)


def channel(koji: Koji, task: int) -> str:
    info = koji.session().getTaskInfo(task)
    return str(koji.session().getChannel(info["channel_id"])["name"])


@pytest.fixture(scope="module")
def scratch(koji: Koji, urls: dict[str, str]) -> int:
    return ask(koji, "imageBuildLocal", urls["drafts"], scratch=True)


@pytest.fixture(scope="module")
def untaggable(koji: Koji, urls: dict[str, str]) -> int:
    return ask(koji, "imageBuildLocal", urls["policies"], version="9", release="1")


@pytest.fixture(scope="module")
def built(koji: Koji, scratch: int, untaggable: int, urls: dict[str, str]) -> Built:
    """A real build, while the others run."""
    words = ("--make-prep", koji.target, urls["policies"], "x/x.kiwi")
    return koji.build("kiwi", *words)


def test_channels_of_a_build(koji: Koji, built: Built) -> None:
    ended = end(koji, built.task)
    assert ended.state == "CLOSED", ended.text
    assert channel(koji, ended.task) == "parents"
    assert [channel(koji, arch.task) for arch in ended.arches] == ["arches"]


def test_channels_of_a_scratch_build(koji: Koji, scratch: int) -> None:
    ended = end(koji, scratch)
    assert ended.state == "CLOSED", ended.text
    assert channel(koji, ended.task) == "drafts"
    assert [channel(koji, arch.task) for arch in ended.arches] == ["draft-arches"]


def test_the_channel_of_a_composes_build(koji: Koji, urls: dict[str, str]) -> None:
    task = ask(koji, "kiwiBuild", urls["policies"])
    assert channel(koji, task) == "parents"
    koji.session().cancelTask(task)


def test_a_build_on_another_volume(koji: Koji, instance: Instance, built: Built) -> None:
    """The links that people are told lead there."""
    session = koji.session()
    (row,) = session.listBuilds(taskID=built.task)
    build = session.getBuild(row["build_id"])
    assert build["volume_name"] == "images"
    paths = koji_library.PathInfo(topdir="")
    assert "/vol/images/packages/tiny/" in paths.imagebuild(build)
    told = paths.imagebuild({key: build[key] for key in ("name", "version", "release")})
    result = session.getTaskResult(built.task)
    assert result == f"image build results in: {instance.state.topdir}{told}"
    assert f" {koji.options()['topurl']}{paths.build(build)}/\n" in built.ran.out
    for archive in session.listArchives(build["id"]):
        content = koji.download(f"{told}/{archive['filename']}")
        assert hashlib.sha256(content).hexdigest() == archive["checksum"]


@pytest.mark.usefixtures("built")
def test_a_tag_that_is_denied(koji: Koji, untaggable: int) -> None:
    """Nobody knows before: the policy is asked with the build."""
    ended = end(koji, untaggable)
    assert ended.text == (
        f"tiny-9-1 was built and imported, but not tagged into {koji.dest_tag}\n\n"
        "  policy violation (tag): not for everybody\n\n"
        f"koji tag-build {koji.dest_tag} tiny-9-1"
    )
    (row,) = koji.session().listBuilds(taskID=untaggable)
    assert row["state"] == koji_library.BUILD_STATES["COMPLETE"]
    assert koji.session().listTags(row["build_id"]) == []


@pytest.mark.parametrize("method", ["imageBuildLocal", "kiwiBuild"])
def test_denied_by_target(koji: Koji, urls: dict[str, str], method: str) -> None:
    with pytest.raises(koji_library.ActionNotAllowed, match="the compose builds what is released"):
        ask(koji, method, urls["policies"], RELEASED)


def test_denied_by_method_and_scratch(koji: Koji, urls: dict[str, str]) -> None:
    with pytest.raises(koji_library.ActionNotAllowed, match="drafts are for people"):
        ask(koji, "kiwiBuild", urls["policies"], scratch=True)


@pytest.mark.parametrize("method", ["imageBuildLocal", "kiwiBuild"])
def test_allowed_in_the_configured_channel(koji: Koji, urls: dict[str, str], method: str) -> None:
    task = ask(koji, method, urls["policies"], RELEASED, scratch=True)
    assert channel(koji, task) == "image"
    koji.machine.kill_hub()
    koji.machine.start_hub({"channel": "configured"})
    other = ask(koji, method, urls["policies"], RELEASED, scratch=True)
    assert channel(koji, other) == "configured"
    for each in (task, other):
        koji.session().cancelTask(each)
    koji.machine.kill_hub()
    koji.machine.start_hub()


def test_a_source_that_the_policy_denies(koji: Koji, urls: dict[str, str]) -> None:
    """It may be built from for a scratch build only."""
    ended = end(koji, ask(koji, "imageBuildLocal", urls["drafts"]))
    assert ended.state == "FAILED"
    assert ended.text.endswith(":/scm/drafts is not allowed, reason: not from there")
    assert ended.arches == ()
    assert koji.session().listBuilds(taskID=ended.task) == []

"""A fleet that is being upgraded from Koji's own kiwi plugin, with tasks in flight."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import koji as koji_library
import pytest

from koji_imagebuild.model.metadata import PLUGIN
from tests.koji.configuration import IMPATIENT
from tests.koji.machine import stop_service
from tests.sandbox.batch import Ended, end
from tests.sandbox.described import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji

#: Koji's own, where its packages install them.
OWN = {
    "pluginpath": f"/usr/lib/koji-builder-plugins:{IMPATIENT.parent}",
    "plugins": f"kiwi {IMPATIENT.stem}",
}
#: Each builder gets one of the channels, or both.
PARENTS, ARCHES = "parents", "arches"
POLICY = f"""\
[policy]
channel =
    method kiwiBuild imageBuildLocal :: use {PARENTS}
    method createKiwiImage :: use {ARCHES}
    has req_channel :: req
    is_child_task :: parent
    all :: use default
"""
NEW, OLD = "builder", "old"


@pytest.fixture(scope="module", autouse=True)
def fleet(koji: Koji, instance: Instance) -> None:
    admin = koji.session("admin")
    admin.addHost(OLD, [koji.arch])
    for channel in (PARENTS, ARCHES):
        admin.addChannel(channel)
    more = instance.state.folder / "hub.conf.d"
    more.mkdir()
    (more / "policy.conf").write_text(POLICY)
    koji.machine.kill_hub()
    koji.machine.start_hub()


@pytest.fixture
def old(instance: Instance) -> Iterator[None]:
    """A builder with Koji's own plugin."""
    with plugin(instance, OWN):
        yield


@contextmanager
def plugin(instance: Instance, changes: dict[str, str]) -> Iterator[None]:
    instance.changes["kojid-old"] = changes
    with instance.other_kojid(OLD):
        yield


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("upgrade")
    # Koji's own plugin hands names on to kiwi, which cannot make them of a version like 1.0.
    (top / "x.kiwi").write_text(tiny(version="1.0.0"))
    return koji.publish(top, "upgrade")


def give(koji: Koji, **channels: str) -> None:
    """Say who gets parents and who gets arches."""
    admin = koji.session("admin")
    for channel, host in channels.items():
        for each in admin.listHosts(channelID=channel):
            admin.removeHostFromChannel(each["name"], channel)
        admin.addHostToChannel(host, channel)


def pungi(koji: Koji, url: str, release: str) -> int:
    """What a compose asks for."""
    task = koji.session().kiwiBuild(koji.target, [koji.arch], url, "x.kiwi", release=release)
    return int(task)


def hosts(koji: Koji, ended: Ended) -> list[str]:
    """Where the parent and its arches ran."""
    session = koji.session()
    tasks = (ended.task, *(arch.task for arch in ended.arches))
    return [session.getHost(session.getTaskInfo(task)["host_id"])["name"] for task in tasks]


def assert_built(koji: Koji, ended: Ended, by: str, parent: str = "") -> dict[str, Any]:
    """One complete build; its arch's result comes back."""
    assert ended.state == "CLOSED", ended.text
    assert hosts(koji, ended) == [parent or by, by]
    (build,) = koji.session().listBuilds(taskID=ended.task)
    assert build["state"] == koji_library.BUILD_STATES["COMPLETE"]
    archives = {each["filename"] for each in koji.session().listArchives(build["build_id"])}
    result: dict[str, Any] = koji.session().getTaskResult(ended.arches[0].task)
    assert set(result["files"]) <= archives
    assert [name for name in archives if name.endswith(".tar.xz")]
    return result


@pytest.mark.usefixtures("old")
def test_all_builders_have_the_old_plugin(koji: Koji, url: str) -> None:
    """The hub is upgraded first; nobody named a repository."""
    give(koji, parents=OLD, arches=OLD)
    assert_built(koji, end(koji, pungi(koji, url, "1")), OLD)


@pytest.mark.usefixtures("old")
def test_an_old_parent_and_a_new_arch(koji: Koji, url: str) -> None:
    give(koji, parents=OLD, arches=NEW)
    result = assert_built(koji, end(koji, pungi(koji, url, "2")), NEW, parent=OLD)
    assert " ".join(result["plugin"].values()) == PLUGIN


@pytest.mark.usefixtures("old")
def test_a_new_parent_and_an_old_arch(koji: Koji, url: str) -> None:
    """What Koji's own plugin can do is taken from it; what asks for more is not."""
    give(koji, parents=NEW, arches=OLD)
    source = {"url": url, "path": "x.kiwi"}
    more = koji.session().imageBuildLocal(koji.target, [], "kiwi", source, {"release": "4"})
    plain = pungi(koji, url, "3")
    assert_built(koji, end(koji, plain), OLD, parent=NEW)
    refused = end(koji, more)
    assert hosts(koji, refused) == [NEW, OLD]
    assert refused.text == (
        f"{koji.arch} was built by an older plugin on {OLD}\n"
        "Update koji-imagebuild there, or take it out of the channel"
    )


def test_a_task_that_the_old_hub_made(koji: Koji, url: str) -> None:
    """plugins/hub/kiwi.py, kiwiBuild: what it puts into a task."""
    give(koji, parents=NEW, arches=NEW)
    opts = {"release": "5", "use_buildroot_repo": True}
    request = [koji.target, [koji.arch], url, "x.kiwi", opts]
    task = koji.session("admin").makeTask("kiwiBuild", request, channel="image")
    assert_built(koji, end(koji, task), NEW)


def test_a_builder_that_is_upgraded_meanwhile(koji: Koji, instance: Instance, url: str) -> None:
    """The new plugin finds the old one's build and its arch task, and goes on with both."""
    give(koji, parents=OLD, arches=OLD)
    with koji.machine.held_roots(), plugin(instance, OWN):
        task = pungi(koji, url, "6")
        child = koji.child(task, koji.arch)
        koji.wait(child, ("OPEN",))
        (begun,) = koji.session().listBuilds(taskID=task)
        stop_service(instance, "kojid-old")
    with plugin(instance, {}):
        ended = end(koji, task)
    result = assert_built(koji, ended, OLD)
    assert " ".join(result["plugin"].values()) == PLUGIN
    assert [arch.task for arch in ended.arches] == [child]
    (build,) = koji.session().listBuilds(taskID=task)
    assert build["build_id"] == begun["build_id"]
    koji.settle()

"""What Koji tells others about our builds: plugins of the hub, and people by mail."""

from __future__ import annotations

import json
import time
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from koji_imagebuild.sandbox.installation import plugin_folder
from tests.koji import witness
from tests.sandbox.batch import Asked, Ended, end, submit
from tests.sandbox.hostile import Hostile

if TYPE_CHECKING:
    from email.message import Message

    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji

BUILDS = {
    "fine": Hostile(kiwi=""),
    "fails": Hostile(kiwi='prepare() { echo "nothing provides foo"; exit 1; }'),
}


@pytest.fixture(scope="module", autouse=True)
def witnessed(koji: Koji, instance: Instance) -> None:
    """A hub with a second plugin."""
    folders = (plugin_folder("hub_plugin"), witness.FOLDER)
    instance.changes["hub"] = {
        "PluginPath": ":".join(map(str, folders)),
        "Plugins": "image_build_local witness",
    }
    koji.machine.kill_hub()
    koji.machine.start_hub()


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("events")
    for name, build in BUILDS.items():
        build.write(top / name)
    return koji.publish(top, "events")


def build(koji: Koji, url: str, name: str, release: str) -> Ended:
    """A real build, tiny-1.0-RELEASE."""
    asked = Hostile().asked(name)
    opts = {**asked.opts, "scratch": False, "release": release}
    return end(koji, submit(koji, url, Asked(asked.path, opts)))


@pytest.fixture(scope="module")
def fine(koji: Koji, url: str) -> Ended:
    return build(koji, url, "fine", "1")


@pytest.fixture(scope="module")
def failed(koji: Koji, url: str) -> Ended:
    return build(koji, url, "fails", "2")


@pytest.fixture(scope="module")
def refused(koji: Koji, instance: Instance, url: str) -> Ended:
    """A build whose import fails when files were moved already."""
    flag = instance.state.folder / witness.REFUSE
    flag.touch()
    ended = build(koji, url, "fine", "3")
    flag.unlink()
    return ended


def events(instance: Instance, release: str) -> list[str]:
    """What plugins were told of tiny-1.0-RELEASE, each once."""
    lines = (instance.state.folder / witness.EVENTS).read_text().splitlines()
    told = [what for of, what in map(json.loads, lines) if of == f"tiny-1.0-{release}"]
    return list(dict.fromkeys(told))


def mail(instance: Instance, release: str) -> Message:
    """The one about tiny-1.0-RELEASE."""
    patience = time.monotonic() + 30
    while True:
        for path in instance.state.mailbox.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            if f"Package: tiny-1.0-{release} " in str(message["Subject"]):
                return message
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_plugins_hear_of_a_build(koji: Koji, instance: Instance, fine: Ended) -> None:
    assert fine.state == "CLOSED", fine.text
    assert events(instance, "1") == [
        "preBuildStateChange BUILDING",
        "postBuildStateChange BUILDING",
        "preImport archive",
        "postImport archive",
        "postImport image",
        "preBuildStateChange COMPLETE",
        "postBuildStateChange COMPLETE",
        f"preTag {koji.dest_tag}",
        f"postTag {koji.dest_tag}",
    ]


def test_plugins_hear_of_one_that_fails(instance: Instance, failed: Ended) -> None:
    assert events(instance, "2") == [
        "preBuildStateChange BUILDING",
        "postBuildStateChange BUILDING",
        "preBuildStateChange FAILED",
        "postBuildStateChange FAILED",
    ]


def test_a_mail_tells_of_a_build(instance: Instance, fine: Ended) -> None:
    message = mail(instance, "1")
    assert message["X-Koji-Status"] == "complete"
    assert f"/taskinfo?taskID={fine.task}" in str(message)


def test_a_mail_tells_of_one_that_fails(instance: Instance, failed: Ended) -> None:
    message = mail(instance, "2")
    assert message["X-Koji-Status"] == "failed"
    assert "failed on builder" in str(message)
    assert f"taskID={failed.arches[0].task}&name=20-kiwi-prepare.log" in str(message)


def test_an_import_that_fails(koji: Koji, refused: Ended) -> None:
    """The hub undoes its part of it; nothing of the build is there."""
    assert refused.text.startswith("The hub failed to import tiny-1.0-3\n\n  Error running")
    assert "the witness refuses\n" in refused.text
    assert refused.text.endswith("cannot be imported again: build it anew")
    session = koji.session()
    (row,) = session.listBuilds(taskID=refused.task)
    assert row["state"] == koji_library.BUILD_STATES["FAILED"]
    assert session.listArchives(row["build_id"]) == []
    assert session.listTags(row["build_id"]) == []
    assert "import-started.log" in session.listTaskOutput(refused.task)


def test_its_name_version_and_release_can_be_built_again(
    koji: Koji, refused: Ended, url: str
) -> None:
    again = build(koji, url, "fine", "3")
    assert again.state == "CLOSED", again.text
    (row,) = koji.session().listBuilds(taskID=again.task)
    assert row["state"] == koji_library.BUILD_STATES["COMPLETE"]
    assert {each["filename"] for each in koji.session().listArchives(row["build_id"])}

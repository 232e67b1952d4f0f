"""kojira makes the repositories that builds are from, and removes them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from tests.sandbox.batch import Asked, Ended, end, submit
from tests.sandbox.hostile import Hostile
from tests.sandbox.under_test import wait_until

if TYPE_CHECKING:
    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji


@pytest.fixture(scope="module", autouse=True)
def hurried(koji: Koji, instance: Instance) -> None:
    """What takes hours and weeks elsewhere is done at once."""
    instance.changes["hub"] = {"RepoAutoLag": "0", "RepoLagWindow": "1"}
    koji.machine.kill_hub()
    koji.machine.start_hub()
    restart_kojira(instance)


def restart_kojira(instance: Instance, **changes: str) -> None:
    instance.daemons["kojira"].kill()
    instance.changes["kojira"] = changes
    instance.start_kojira()


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("kojira")
    Hostile(kiwi="").write(top / "x")
    return koji.publish(top, "kojira")


def build(koji: Koji, url: str) -> Ended:
    asked = Hostile().asked("x")
    ended = end(koji, submit(koji, url, Asked(asked.path, asked.opts)))
    assert ended.state == "CLOSED", ended.text
    return ended


def repo_of(koji: Koji, ended: Ended) -> int:
    """The repository that the arch was told to build from."""
    (arch,) = ended.arches
    repo: int = koji.session().getTaskRequest(arch.task)[6]["id"]
    return repo


def newest(koji: Koji) -> int:
    repo: int = koji.session().getRepo(koji.build_tag)["id"]
    return repo


def change(koji: Koji) -> None:
    """Make the newest repository outdated."""
    koji.run("add-group", koji.build_tag, f"newer-than-{newest(koji)}", user="admin")


def test_one_that_kojira_keeps_current_is_built_from(koji: Koji, url: str) -> None:
    """Nobody asks for it, and no build waits for it."""
    old = newest(koji)
    koji.run("edit-tag", "--extra=repo.auto=true", koji.build_tag, user="admin")
    change(koji)
    wait_until(lambda: newest(koji) != old, timeout=90)
    koji.run("edit-tag", "--remove-extra=repo.auto", koji.build_tag, user="admin")

    made = newest(koji)
    assert koji.session().repoInfo(made)["task_id"]
    ended = build(koji, url)
    assert repo_of(koji, ended) == made
    methods = [child["method"] for child in koji.session().getTaskChildren(ended.task)]
    assert methods == ["createKiwiImage"]


def test_a_rebuild_gets_one_like_that_which_kojira_removed(
    koji: Koji, instance: Instance, url: str
) -> None:
    session = koji.session()
    origin = build(koji, url)
    gone = repo_of(koji, origin)
    change(koji)
    koji.run("regen-repo", koji.build_tag, user="admin")
    current = newest(koji)
    at_once = ("repo_lifetime", "expired_repo_lifetime", "recheck_period")
    restart_kojira(instance, **dict.fromkeys(at_once, "0"))
    deleted = koji_library.REPO_STATES["DELETED"]
    wait_until(lambda: session.repoInfo(gone)["state"] == deleted, timeout=90)
    restart_kojira(instance)

    koji.run("image-rebuild-local", "--wait", "--scratch", str(origin.task))

    again = end(
        koji, max(task["id"] for task in session.listTasks(opts={"method": "imageBuildLocal"}))
    )
    used = session.repoInfo(repo_of(koji, again))
    assert used["id"] not in {gone, current}
    assert used["create_event"] == session.repoInfo(gone)["create_event"]

"""Builds that failed, were canceled or are complete, built again."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any

import koji as koji_library
import pytest

from .batch import Asked, Ended, end, submit
from .described import tiny
from .hostile import Hostile
from .under_test import json_of, task_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .under_test import Koji, Ran

pytestmark = pytest.mark.usefixtures("nothing_left")

#: It waits until somebody ends its sleep. By SIGTERM, it goes on; by SIGKILL, it fails.
SLEEP = "sleep 43001"
#: Seconds for a task to begin: the repository of a changed tag has to be made first.
PATIENCE = 180
WAITS = f"status=0; {SLEEP} || status=$?; test $status = 143"


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("rebuild")
    Hostile(prep=WAITS, kiwi="").write(top / "waits")
    Hostile(description=tiny(types='<type image="docker"/>')).write(top / "kiwi")
    return koji.publish(top, "rebuild")


def start(koji: Koji, url: str, name: str = "waits", **opts: object) -> int:
    asked = Hostile().asked(name)
    return submit(koji, url, Asked(asked.path, {**asked.opts, "scratch": False, **opts}))


def asleep(koji: Koji) -> tuple[int, ...]:
    """Wait until the one build that runs does nothing else."""
    patience = time.monotonic() + PATIENCE
    while not (found := koji.machine.running(SLEEP)):
        assert time.monotonic() < patience
        time.sleep(0.05)
    return found


def wake(koji: Koji, number: int = signal.SIGTERM) -> None:
    for pid in asleep(koji):
        os.kill(pid, number)


def nothing_sleeps(koji: Koji) -> None:
    """Wait until nothing of a build that was ended runs on."""
    patience = time.monotonic() + PATIENCE
    while koji.machine.running(SLEEP):
        assert time.monotonic() < patience
        time.sleep(0.05)


def failed(koji: Koji, url: str, **opts: object) -> int:
    """A build for one arch, which failed."""
    task = start(koji, url, **opts)
    wake(koji, signal.SIGKILL)
    assert end(koji, task).state == "FAILED"
    return task


def rebuild(koji: Koji, *words: str, user: str = "releng", status: int | None = 0) -> Ran:
    return koji.run("image-rebuild-local", *words, user=user, status=status)


def rebuilt(koji: Koji, *words: str) -> Ended:
    """A rebuild up to its end, which must be a good one."""
    task = task_of(rebuild(koji, "--nowait", *words).out)
    wake(koji)
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    return ended


def build_of(koji: Koji, task: int) -> Mapping[str, Any]:
    (build,) = koji.session().listBuilds(taskID=task)
    found: Mapping[str, Any] = koji.session().getBuild(build["build_id"])
    return found


def state_of(build: Mapping[str, Any]) -> str:
    return str(koji_library.BUILD_STATES[build["state"]])


def summary(koji: Koji, task: int) -> str:
    text: bytes = koji.session().downloadTaskOutput(task, "summary.log")
    return text.decode()


def test_what_succeeded_is_reused_into_the_same_build(
    koji: Koji, url: str, other_arch: str
) -> None:
    """One arch succeeded, the other was canceled. Nobody ever takes that one, so it may fail."""
    origin = start(koji, url)
    other = koji.child(origin, other_arch, PATIENCE)
    koji.session().cancelTask(other)
    wake(koji)
    ended = end(koji, origin)
    kept = next(arch.task for arch in ended.arches if arch.state == "CLOSED")
    before = build_of(koji, origin)
    assert (ended.state, state_of(before)) == ("FAILED", "FAILED")

    words = ("image-rebuild-local", "--json", "--wait", f"--can-fail={other_arch}", str(origin))
    with koji.start(*words) as command:
        lines = [command.stdout.readline() for _ in range(4)]
        task = task_of("".join(lines))
        koji.run("cancel", str(koji.child(task, other_arch, PATIENCE)))
        told = command.stdout.read()
        assert command.wait() == 0

    built = told[told.index(f"\nBuilt {before['nvr']}") :]
    assert re.search(rf"^  \S+\.{koji.arch}[-.]\S+ .* sha256:[0-9a-f]{{64}}$", built, re.MULTILINE)
    document = json.loads(told[told.rindex("\n{\n") :])
    arches = {arch: (of["task"], of["reused"]) for arch, of in document["arches"].items()}
    assert arches == {koji.arch: (kept, True), other_arch: (koji.child(task, other_arch), False)}
    assert lines[0] == f"{before['nvr']} (task {origin}, FAILED): the release can stay\n"
    shown = sorted(line.split() for line in lines[1:3])
    again = [other_arch, *["build", "again", "was", "canceled"]]
    assert shown[0] == again
    assert shown[1][:4] == [koji.arch, "reuse", "task", str(kept)]
    after = build_of(koji, task)
    assert (after["build_id"], after["nvr"]) == (before["build_id"], before["nvr"])
    assert state_of(after) == "COMPLETE"
    assert [child["label"] for child in koji.session().getTaskChildren(task)][:1] == [other_arch]
    assert f"rebuild of task {origin}: the release stays" in summary(koji, task)
    assert f"task {kept}" in summary(koji, task)
    result = koji.session().getTaskResult(kept)
    archives = koji.session().listArchives(buildID=after["build_id"])
    digests = {archive["filename"]: archive["checksum"] for archive in archives}
    for name, _size, digest in result["sums"]:
        assert digests[name] == digest
    document = json.loads(
        koji.session().downloadTaskOutput(task, f"{after['nvr']}.image-build.json")
    )
    assert document["arches"][koji.arch]["reused"] is True
    assert document["rebuild"] == {"task": origin, "release_stays": True, "why": ""}


def test_what_failed_is_built_again_from_the_same_commit_and_repository(
    koji: Koji, url: str
) -> None:
    origin = failed(koji, url)
    before = build_of(koji, origin)
    first = koji.session().getTaskRequest(koji.child(origin, koji.arch))

    ended = rebuilt(koji, before["nvr"])

    after = build_of(koji, ended.task)
    assert (after["build_id"], state_of(after)) == (before["build_id"], "COMPLETE")
    assert koji.session().getTaskRequest(ended.arches[0].task) == first
    assert koji.session().getTaskRequest(ended.task)[4]["rebuild"] == {"task": origin}


def test_a_complete_build_gets_a_new_release_and_is_compared(koji: Koji, url: str) -> None:
    origin = start(koji, url, "kiwi")
    first = end(koji, origin)
    assert first.state == "CLOSED", first.text
    before = build_of(koji, origin)

    ran = rebuild(koji, "--wait", "--json", before["nvr"])

    assert f"{before['nvr']} (task {origin}, CLOSED): all is built anew: " in ran.err
    document = json_of(ran)
    assert document["rebuild"] == {"task": origin, "reused": {}}
    after = build_of(koji, document["task"])
    assert (state_of(after), state_of(build_of(koji, origin))) == ("COMPLETE", "COMPLETE")
    assert int(after["release"]) == int(before["release"]) + 1
    assert after["source"] == before["source"]
    compared = f"compared with task {first.arches[0].task}: same packages ("
    assert compared in summary(koji, document["task"])


def test_a_scratch_build_of_it_leaves_the_build_alone(koji: Koji, url: str) -> None:
    origin = failed(koji, url)

    ended = rebuilt(koji, str(origin), "--scratch", f"--arch={koji.arch}")

    assert koji.session().listBuilds(taskID=ended.task) == []
    assert state_of(build_of(koji, origin)) == "FAILED"


def test_the_builder_is_killed_meanwhile(koji: Koji, url: str) -> None:
    origin = failed(koji, url)
    before = build_of(koji, origin)
    task = task_of(rebuild(koji, "--nowait", str(origin)).out)
    child = koji.child(task, koji.arch, PATIENCE)
    asleep(koji)
    koji.machine.kill_builder()
    nothing_sleeps(koji)
    koji.machine.start_builder()
    wake(koji)

    ended = end(koji, task)

    assert ended.state == "CLOSED", ended.text
    assert [arch.task for arch in ended.arches] == [child]
    assert build_of(koji, task)["build_id"] == before["build_id"]


def test_a_rebuild_that_was_canceled_is_rebuilt(koji: Koji, url: str) -> None:
    origin = failed(koji, url)
    before = build_of(koji, origin)
    task = task_of(rebuild(koji, "--nowait", str(origin)).out)
    asleep(koji)
    koji.session().cancelTask(task)
    assert end(koji, task).state == "CANCELED"
    assert state_of(build_of(koji, task)) == "CANCELED"
    nothing_sleeps(koji)

    again = rebuilt(koji, str(task))

    assert build_of(koji, again.task)["build_id"] == before["build_id"]


def test_a_build_that_came_through_kiwi_build(koji: Koji, url: str) -> None:
    """The task is of the origin's own method, as policies and Pungi know it."""
    session = koji.session()
    origin = session.kiwiBuild(koji.target, [koji.arch], url, "waits/x.kiwi", make_prep=True)
    wake(koji, signal.SIGKILL)
    assert end(koji, origin).state == "FAILED"

    ended = rebuilt(koji, str(origin))

    info = session.getTaskInfo(ended.task, request=True)
    assert info["method"] == "kiwiBuild"
    assert info["request"][4]["rebuild"] == {"task": origin}
    assert state_of(build_of(koji, ended.task)) == "COMPLETE"


def test_what_cannot_be_rebuilt_is_told_before_there_is_a_task(koji: Koji, url: str) -> None:
    running = start(koji, url, scratch=True)
    child = koji.child(running, koji.arch, PATIENCE)
    before = len(koji.session().listTasks({"method": "imageBuildLocal"}))
    said = {
        "There is no task 99999999": rebuild(koji, "99999999", status=2).err,
        "There is no build nothing-1-1": rebuild(koji, "nothing-1-1", status=2).err,
        f"Task {running} is still OPEN": rebuild(koji, str(running), status=2).err,
        f"Task {child} (createKiwiImage) is no image build": rebuild(
            koji, str(child), status=2
        ).err,
    }
    wake(koji)
    end(koji, running)
    for words, err in said.items():
        assert err.startswith(f"error: {words}"), err
    ran = rebuild(koji, str(running), user="admin", status=1)
    assert f"Task {running} is somebody else's scratch build" in ran.err
    assert len(koji.session().listTasks({"method": "imageBuildLocal"})) == before


def test_nobody_without_the_permission(koji: Koji, url: str) -> None:
    origin = failed(koji, url)
    assert "image permission required" in rebuild(koji, str(origin), user="nobody", status=1).err


def test_somebody_elses_build_can_be_rebuilt(koji: Koji, url: str) -> None:
    origin = failed(koji, url)
    task = task_of(rebuild(koji, "--nowait", str(origin), user="admin").out)
    wake(koji)
    assert end(koji, task).state == "CLOSED"
    assert build_of(koji, task)["owner_name"] == koji.session("admin").getLoggedInUser()["name"]


def test_options_a_rebuild_does_not_have(koji: Koji, url: str) -> None:
    origin = failed(koji, url)
    with pytest.raises(koji_library.GenericError, match=r"opts: unknown option 'profile'"):
        koji.session().imageRebuildLocal(origin, None, {"profile": "Disk"})
    opts = {"rebuild": {"task": origin}}
    with pytest.raises(koji_library.GenericError, match="only imageRebuildLocal asks for"):
        submit(koji, url, Asked("kiwi/x.kiwi", opts))

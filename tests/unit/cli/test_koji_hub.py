"""Koji's dicts become values: a session in memory that answers as the hub does."""

from __future__ import annotations

from xmlrpc.client import Fault

import koji
import pytest
import requests

from koji_imagebuild.cli.hub import Build, Ending, HubSilent, TaskState
from koji_imagebuild.cli.koji_hub import KojiSubmitHub, KojiWatchHub
from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR

from .fakes import Session

TASK = {
    "id": 42,
    "method": "createKiwiImage",
    "state": 1,
    "arch": "noarch",
    "host_id": 3,
    "create_ts": 10.0,
    "start_ts": 11.5,
    "completion_ts": None,
    "request": [
        "minidist-Disk",
        "1.0.0",
        "3",
        "x86_64",
        {"name": "minidist"},
        5,
        {"id": 7, "create_event": 1284},
        "git+http://h/scm/d#main",
        "minidist.kiwi",
        {"scratch": False},
    ],
}
PARENT = {**TASK, "id": 41, "method": "imageBuildLocal", "request": ["minidist", [], "kiwi"]}


def test_tasks_are_read() -> None:
    session = Session(getTaskInfo=PARENT, getTaskChildren=[TASK], getHost={"name": "builder"})
    hub = KojiWatchHub(session)
    parent, (child,) = hub.task(41), hub.children(41)
    assert (parent.state, parent.asked) == (TaskState.OPEN, None)
    assert child.asked is not None
    assert (child.arch, child.host, child.started) == ("x86_64", "builder", 11.5)
    assert (str(child.asked.nvr), child.asked.repo.event) == ("minidist-Disk-1.0.0-3", 1284)
    assert [name for name, _, _ in session.calls].count("getHost") == 1


def test_watching_needs_no_login_and_waits_by_itself() -> None:
    session = Session()
    KojiWatchHub(session)
    assert session.logged_out
    assert session.opts["max_retries"] == 0


@pytest.mark.parametrize(
    "problem",
    [
        requests.ConnectionError("refused"),
        requests.HTTPError("502"),
        koji.ServerOffline("upgrade"),
        ConnectionResetError(),
    ],
)
def test_a_silent_hub_is_told_from_one_that_refuses(problem: Exception) -> None:
    with pytest.raises(HubSilent):
        KojiWatchHub(Session(getTaskInfo=problem)).task(41)


def test_endings() -> None:
    told = Session(getTaskResult=koji.BuildError("Failed in 'install packages'\n\nlog: a.log"))
    crashed = Session(getTaskResult=Fault(1, "Traceback:\n  File x\nKeyError: 'boom'\n"))
    session = Session(getTaskInfo={**TASK, "state": 5}, getHost={"name": "b"})
    task = KojiWatchHub(session).task(42)
    assert KojiWatchHub(told).ending(task).error == "Failed in 'install packages'\n\nlog: a.log"
    assert KojiWatchHub(crashed).ending(task).error == "KeyError: 'boom'"


def test_a_canceled_task_has_no_more_to_say() -> None:
    session = Session(getTaskInfo={**TASK, "state": 3}, getHost={"name": "b"})
    hub = KojiWatchHub(session)
    assert hub.ending(hub.task(42)) == Ending()


def test_a_result_of_kojis_own_plugin_is_read_too() -> None:
    old = {
        "arch": "x86_64",
        "task_id": 42,
        "name": "a",
        "version": "1",
        "release": "2",
        "files": ["a.qcow2"],
        "logs": [],
        "rpmlist": [],
    }
    session = Session(getTaskInfo={**TASK, "state": 2}, getTaskResult=old, getHost={"name": "b"})
    hub = KojiWatchHub(session)
    ending = hub.ending(hub.task(42))
    assert ending.result is not None
    assert ending.result.files == ("a.qcow2",)


def test_a_result_nobody_can_read_is_none() -> None:
    session = Session(getTaskInfo={**TASK, "state": 2}, getTaskResult="?", getHost={"name": "b"})
    hub = KojiWatchHub(session)
    assert hub.ending(hub.task(42)) == Ending()


def test_a_log_that_is_not_there_yet_is_empty() -> None:
    hub = KojiWatchHub(Session(downloadTaskOutput=koji.GenericError('no file "x"')))
    assert hub.log(42, "mock_output.log", 0, 10) == b""


def test_a_build_with_its_tags() -> None:
    info = {
        "build_id": 9,
        "name": "n",
        "version": "1",
        "release": "2",
        "state": 1,
        "volume_name": "DEFAULT",
    }
    hub = KojiWatchHub(Session(listBuilds=[info], listTags=[{"name": "b"}, {"name": "a"}]))
    assert hub.build(41) == Build(NVR("n", "1", "2"), tags=("a", "b"), folder="packages/n/1/2")
    assert KojiWatchHub(Session(listBuilds=[])).build(41) is None


def test_submitting() -> None:
    session = Session(
        getBuildTarget={"build_tag": 5},
        getBuildConfig={"arches": "x86_64 aarch64"},
        imageBuildLocal=41,
    )
    hub = KojiSubmitHub(session)
    assert hub.arches("minidist") == ("x86_64", "aarch64")
    assert hub.submit(["minidist", [], "kiwi", {}, {}], 5) == 41
    assert session.calls[-1] == (
        "imageBuildLocal",
        ("minidist", [], "kiwi", {}, {}),
        {"priority": 5},
    )


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(RequestError, match="There is no target 'nope'"):
        KojiSubmitHub(Session(getBuildTarget=None)).arches("nope")

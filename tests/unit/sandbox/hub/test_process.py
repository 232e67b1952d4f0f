"""The hub as its own process: started, killed, started again, with plugins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
import pytest

from .clients import Sandbox, client, new_state, opened, populate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.state import State

REPOSITORY = Path(__file__).parents[4]

PLUGIN = '''
"""What hub plugins do."""
import koji
import kojihub
from koji.context import context
from koji.plugin import callback, export, export_in

SEEN = []

@export
def toyBuild(target, opts=None, priority=None):
    context.session.assertPerm("image")
    kojihub.get_build_target(target, strict=True)
    kojihub.convert_value(opts, cast=dict, none_allowed=True, check_only=True)
    if priority and priority < 0 and not context.session.hasPerm("admin"):
        raise koji.ActionNotAllowed("only admins may create high-priority tasks")
    kojihub.assert_policy("toy", {"target": target})
    return kojihub.make_task("toyBuild", [target, opts], channel="image",
                             priority=koji.PRIO_DEFAULT + (priority or 0))

@export
def toyAbout(task_id):
    task = kojihub.Task(task_id)
    tag = kojihub.get_tag("minidist-candidate")
    return {
        "request": task.getRequest(),
        "owner": kojihub.get_user(task.getOwner())["name"],
        "finished": task.isFinished(),
        "state": task.getState(),
        "channel": kojihub.get_channel("image")["name"],
        "listed": [row["package_name"] for row in kojihub.readPackageList(tag["id"]).values()],
        "config": context.handlers.call("getBuildConfig", "minidist-build")["arches"],
        "again": kojihub.RootExports().getBuildConfig("minidist-build")["name"],
        "kind": kojihub.get_archive_type(filename="a.iso")["name"],
        "policy": context.policy.get("toy"),
        "user": context.session.user_data["name"],
        "perms": context.session.getPerms(),
        "topdir": koji.pathinfo.topdir,
    }

@export_in("toy")
def seen():
    return SEEN

@callback("postTaskStateChange", "postBuildStateChange", "postImport", "postTag")
def watch(cbtype, *args, **kwargs):
    SEEN.append([cbtype, str(kwargs.get("old")), str(kwargs.get("new"))])

@callback("preBuildStateChange")
def guard(cbtype, *args, **kwargs):
    if kwargs["info"].get("name") == "forbidden":
        raise koji.GenericError("not this one")
'''


class Process:
    """A hub process on a state."""

    def __init__(self, state: State, *options: str) -> None:
        started = time.monotonic()
        self.log = state.folder / "log"
        command = [sys.executable, "-m", "koji_imagebuild.sandbox.hub"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--state", str(state.folder), *options],
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        self.said = self.process.stdout.readline()
        self.seconds = time.monotonic() - started

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.fixture
def state(tmp_path: Path, certs: Path) -> State:
    return new_state(tmp_path / "hub", certs)


@contextmanager
def hub(state: State, *options: str) -> Iterator[Process]:
    process = Process(state, *options)
    try:
        yield process
    finally:
        process.end(signal.SIGKILL)
        assert process.process.stdout
        process.process.stdout.close()


def test_it_starts_and_ends(state: State) -> None:
    (state.folder / "endpoints.json").unlink()
    addresses = []
    for number in (signal.SIGTERM, signal.SIGINT):
        with hub(state) as process:
            assert process.said == "ready\n"
            assert client(state, None).hello() == "Hello World"
            addresses.append(state.endpoints())
            assert process.end(number) == 0
    assert addresses[0] == addresses[1]
    assert "Traceback" not in process.log.read_text()


def test_a_kill_loses_nothing_that_was_answered(state: State) -> None:
    with hub(state) as process:
        admin = client(state, "admin")
        populate(admin)
        tasks = [admin.makeTask("kiwiBuild", [n]) for n in range(20)]
        process.end(signal.SIGKILL)
    with hub(state):
        assert [admin.getTaskRequest(task) for task in tasks] == [[n] for n in range(20)]
        assert admin.makeTask("kiwiBuild", []) == tasks[-1] + 1
        assert client(state, "releng").getTag("minidist-build")["arches"] == "x86_64"


NVR = {"name": "minidist-Disk", "version": "1.0", "release": "1", "epoch": 0}


def begin_build(sandbox: Sandbox) -> tuple[int, int, dict[str, Any]]:
    """An image build that is ready to be completed."""
    host = sandbox.builder.session.host
    task = sandbox.open_task()
    child = sandbox.builder.child(task, "x86_64")
    build = host.initImageBuild(task, NVR)["id"]
    for name in ("a.qcow2", "a.json", "kiwi.log"):
        sandbox.builder.upload(child, name, name.encode() * 1000)
    result = {"task_id": child, "arch": "x86_64", "files": ["a.qcow2", "a.json"], "logs": [],
              "rpmlist": []}  # fmt: skip
    return task, build, {str(child): result}


KILLER = """
import os, signal
from koji.plugin import callback

@callback("postImport")
def die(cbtype, *args, **kwargs):
    if kwargs["type"] == "image" and not os.path.exists({flag!r}):
        open({flag!r}, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle_of_an_import_leaves_what_was_moved(state: State) -> None:
    plugins = state.folder / "plugins"
    plugins.mkdir()
    (plugins / "killer.py").write_text(KILLER.format(flag=str(state.folder / "killed")))
    options = ("--hub-plugins", str(plugins))
    with hub(state, *options) as process:
        populate(client(state, "admin"))
        with opened(state) as sandbox:
            task, build, results = begin_build(sandbox)
            work = state.topdir / "work" / koji.pathinfo.taskrelpath(int(next(iter(results))))
            with pytest.raises(OSError, match=r"."):
                sandbox.builder.session.host.completeImageBuild(task, build, results)
            assert process.process.wait(10) == -signal.SIGKILL
            assert (work / "a.qcow2").is_symlink()
            with hub(state, *options):
                host = sandbox.builder.session.host
                assert sandbox.admin.getBuild(build)["state"] == koji.BUILD_STATES["BUILDING"]
                sandbox.builder.session.callnum -= 1
                with pytest.raises(koji.GenericError, match=r"a\.qcow2 already exists"):
                    host.completeImageBuild(task, build, results)
                assert sandbox.admin.listArchives(buildID=build) == []

                host.failBuild(task, build)
                assert host.initImageBuild(task, NVR)["id"] == build
                assert not (work / "a.qcow2").exists()


def test_an_upload_goes_on_after_a_restart(state: State, tmp_path: Path) -> None:
    content = os.urandom(1 << 20)
    with hub(state) as process:
        admin = client(state, "admin")
        admin.opts.update(max_retries=30, retry_interval=0.1)
        admin.rawUpload(content, 0, "cli-x/1", "a")
        process.end(signal.SIGKILL)
    with hub(state):
        admin.rawUpload(content, len(content), "cli-x/1", "a")
        assert admin.checkUpload("cli-x/1", "a")["size"] == 2 * len(content)


def test_plugins(state: State) -> None:
    plugins = state.folder / "plugins"
    plugins.mkdir()
    (plugins / "toy.py").write_text(PLUGIN)
    (plugins / "_not.py").write_text("raise SystemExit('private files are not loaded')")
    with hub(state, "--hub-plugins", str(plugins)):
        populate(client(state, "admin"))
        with opened(state) as sandbox:
            task = sandbox.releng.toyBuild("minidist", {"scratch": True}, priority=1)
            info = sandbox.admin.getTaskInfo(task, request=True)
            assert (info["method"], info["priority"]) == ("toyBuild", 21)
            assert info["channel_id"] == sandbox.admin.getChannel("image")["id"]
            with pytest.raises(koji.ActionNotAllowed, match="image permission required"):
                sandbox.nobody.toyBuild("minidist")
            with pytest.raises(koji.ActionNotAllowed, match="only admins"):
                sandbox.releng.toyBuild("minidist", priority=-1)
            with pytest.raises(koji.GenericError, match="No such build target: x"):
                sandbox.releng.toyBuild("x")
            with pytest.raises(koji.ParameterError, match="expected type"):
                sandbox.releng.toyBuild("minidist", [])
            with pytest.raises(koji.ParameterError, match="missing 1 required"):
                sandbox.releng.toyBuild()
            assert sandbox.releng.toyAbout(task) == {
                "request": ["minidist", {"scratch": True}],
                "owner": "releng",
                "finished": False,
                "state": koji.TASK_STATES["FREE"],
                "channel": "image",
                "listed": ["minidist-Disk"],
                "config": "x86_64",
                "again": "minidist-build",
                "kind": "iso",
                "policy": None,
                "user": "releng",
                "perms": ["image"],
                "topdir": str(state.topdir),
            }
            check_callbacks(sandbox)


def check_callbacks(sandbox: Sandbox) -> None:
    task, build, results = begin_build(sandbox)
    sandbox.builder.session.host.completeImageBuild(task, build, results)
    sandbox.admin.packageListAdd("minidist-candidate", "minidist-Disk", "releng", force=True)
    sandbox.builder.session.host.tagBuild(task, "minidist-candidate", build)
    seen = [tuple(entry) for entry in sandbox.admin.callMethod("toy.seen")]
    for expected in (
        ("postTaskStateChange", "None", "FREE"),
        ("postTaskStateChange", "FREE", "OPEN"),
        ("postBuildStateChange", "None", "0"),
        ("postBuildStateChange", "0", "1"),
        ("postImport", "None", "None"),
        ("postTag", "None", "None"),
    ):
        assert expected in seen
    with pytest.raises(koji.CallbackError, match="not this one"):
        sandbox.admin.createEmptyBuild("forbidden", "1", "1", 0)


def test_a_plugin_that_fails_keeps_the_hub_from_starting(state: State) -> None:
    plugins = state.folder / "plugins"
    plugins.mkdir()
    (plugins / "broken.py").write_text("raise RuntimeError('two plugins export kiwiBuild')")
    with hub(state, "--hub-plugins", str(plugins)) as process:
        assert process.said == ""
        assert process.process.wait(10) != 0
    assert "two plugins export kiwiBuild" in process.log.read_text()

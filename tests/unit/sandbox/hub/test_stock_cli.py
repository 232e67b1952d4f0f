"""Koji's own command line on this hub, unmodified."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import koji
import pytest
from koji import xmlrpcplus

from .clients import client, new_state, opened, populate, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .clients import Sandbox

PROFILE = """\
[{user}]
server = {endpoints.server}
topurl = {endpoints.topurl}
weburl = {endpoints.weburl}
topdir = {topdir}
authtype = ssl
cert = {certs}/{user}.pem
serverca = {certs}/ca.pem
poll_interval = 1
max_retries = 1
retry_interval = 1
"""


FORKER = """\
import json, os, runpy, sys
import koji_cli.commands
for number, words in enumerate(json.load(sys.stdin)):
    if not os.fork():
        out = os.open(f"{number}.out", os.O_WRONLY | os.O_CREAT)
        for stream in (1, 2):
            os.dup2(out, stream)
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
    status = os.waitstatus_to_exitcode(os.wait()[1])
    with open(f"{number}.status", "w") as file:
        file.write(str(status))
"""
"""Imports what the koji script imports once, then runs it in a child for every command."""


def run_all(sandbox: Sandbox, folder: Path, lines: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Run ``koji LINE`` as USER, one after the other: exit status and output of each."""
    state = sandbox.state
    config = folder / "koji.conf"
    config.write_text(
        "".join(
            PROFILE.format(
                user=user, endpoints=state.endpoints(), topdir=state.topdir, certs=state.certs
            )
            for user in ("admin", "releng", "nobody")
        )
    )
    koji_script = str(Path(sys.executable).with_name("koji"))
    commands = [
        [koji_script, "-c", str(config), "-p", user, *shlex.split(line)] for user, line in lines
    ]
    subprocess.run(
        [sys.executable, "-c", FORKER],
        input=json.dumps(commands),
        cwd=folder,
        check=True,
        text=True,
        timeout=60,
        env={**os.environ, "HOME": str(folder)},
    )
    return [
        (int((folder / f"{n}.status").read_text()), (folder / f"{n}.out").read_text())
        for n in range(len(lines))
    ]


@pytest.fixture(scope="module")
def ran(
    tmp_path_factory: pytest.TempPathFactory, certs: Path
) -> Iterator[dict[tuple[str, str], tuple[int, str]]]:
    """All commands, run on a hub with an image build, a failed task, a repository, a free task."""
    state = new_state(tmp_path_factory.mktemp("cli"), certs)
    with running(state):
        populate(client(state, "admin"))
        with opened(state) as sandbox:
            sandbox.builder.ready()
            assert (make_build(sandbox), make_failure(sandbox)) == (BUILT, FAILED)
            make_repo(sandbox)
            assert sandbox.task("free", ("minidist", "x86_64")) == FREE
            lines = [(user, line) for user, line, _ in (*READING, *CHANGING)]
            done = run_all(sandbox, tmp_path_factory.mktemp("home"), lines)
            yield dict(zip(lines, done))


BUILT, CHILD, FAILED, FREE = 1, 2, 4, 5
"""Task ids; 3 is the mail about the build."""


def make_build(sandbox: Sandbox) -> int:
    host, builder = sandbox.builder.session.host, sandbox.builder
    task = sandbox.open_task(channel="image", request=("minidist", ["x86_64"]))
    child = builder.child(task, "x86_64")
    nvr = {"name": "minidist-Disk", "version": "1.0", "release": "1", "epoch": 0,
           "source": "git+http://127.0.0.1/x#abc"}  # fmt: skip
    build = host.initImageBuild(task, nvr)["id"]
    builder.upload(child, "minidist-Disk-1.0-1.x86_64.qcow2", b"image" * 100)
    builder.upload(child, "kiwi.log", b"line one\nline two\n")
    builder.close(child)
    result = {"task_id": child, "arch": "x86_64", "logs": [], "rpmlist": [],
              "files": ["minidist-Disk-1.0-1.x86_64.qcow2"]}  # fmt: skip
    host.completeImageBuild(task, build, {str(child): result})
    host.tagBuild(task, "minidist-candidate", build)
    builder.close(task, "done")
    return task


def make_failure(sandbox: Sandbox) -> int:
    task = sandbox.open_task(channel="image")
    sandbox.builder.upload(task, "build.log", b"it went wrong\n")
    fault = xmlrpcplus.Fault(koji.BuildError.faultCode, "no package hello")
    sandbox.builder.session.host.failTask(task, xmlrpcplus.dumps(fault))
    return task


def make_repo(sandbox: Sandbox) -> None:
    repo, _ = sandbox.builder.session.host.repoInit("minidist-build")
    sandbox.builder.session.host.repoDone(repo, {})


READING = [
    ("releng", "hello", "releng!"),
    ("admin", "hello", "admin!"),
    ("releng", "list-tasks", "free (noarch)"),
    ("releng", "list-tasks --mine", "(no tasks)"),
    ("releng", f"taskinfo -vr {BUILT}", "State: closed"),
    ("releng", f"taskinfo {FAILED}", "State: failed"),
    ("releng", f"watch-task {BUILT}", f"{BUILT} kiwiBuild (noarch) completed successfully"),
    ("releng", f"watch-task {FAILED}", "FAILED: BuildError: no package hello"),
    ("releng", f"watch-logs {CHILD}", "line one\nline two"),
    ("releng", f"download-task --all {BUILT}", "minidist-Disk-1.0-1.x86_64.qcow2"),
    ("releng", f"download-logs --recurse {BUILT}", "kiwi.log"),
    ("releng", "list-builds --package=minidist-Disk", "minidist-Disk-1.0-1"),
    ("releng", "buildinfo minidist-Disk-1.0-1", "Image archives:"),
    ("releng", "buildinfo none-1-1", "No such build: none-1-1"),
    ("releng", "list-targets", "minidist-build"),
    ("releng", "list-tags", "minidist-candidate"),
    ("releng", "list-tags 'mini*build'", "minidist-build"),
    ("releng", "taginfo minidist-build", "Targets that build from this tag:\n  minidist"),
    ("releng", "list-hosts", "builder"),
    ("releng", "hostinfo builder", "Capacity: 20.0"),
    ("releng", "list-channels", "createrepo"),
    ("releng", "latest-build minidist-candidate minidist-Disk", "minidist-Disk-1.0-1"),
    ("releng", "list-tagged minidist-candidate", "minidist-Disk-1.0-1"),
    ("releng", "list-pkgs --tag=minidist-candidate", "minidist-Disk"),
    ("releng", "list-permissions --mine", "image"),
    ("releng", "list-api", "getTag(tagInfo, strict=False, event=None, blocked=False)"),
    ("releng", "repoinfo 1", "Tag name: minidist-build"),
    ("releng", "list-users", "nobody"),
    ("releng", "list-tag-inheritance minidist-build", "minidist-build"),
    ("releng", "call listArchives buildID=1 type=image", "'arch': 'x86_64'"),
    ("releng", "call --json-output getTag minidist-build", '"arches": "x86_64"'),
    ("releng", "download-build --type=image minidist-Disk-1.0-1", "qcow2"),
    ("releng", "version", "Hub:"),
]

CHANGING = [
    ("nobody", f"cancel {FREE}", "Cannot cancel task, not owner"),
    ("admin", f"cancel {FREE}", ""),
    ("admin", f"taskinfo {FREE}", "State: canceled"),
    ("admin", f"resubmit --nowait {FREE}", "Resubmitted task"),
    ("releng", "add-pkg --owner=releng minidist-candidate new", "package_list"),
    ("admin", "add-pkg --owner=releng minidist-candidate new", "Adding 1 packages"),
    ("releng", "list-pkgs --tag=minidist-candidate", "new"),
    ("admin", "block-pkg minidist-candidate new", ""),
    ("admin", "unblock-pkg minidist-candidate new", ""),
    ("admin", "add-tag --arches=x86_64 --parent=minidist-build child", ""),
    ("admin", "edit-tag -x mock.new_chroot=0 child", ""),
    ("releng", "taginfo child", "mock.new_chroot : 0"),
    ("admin", "add-group child kiwi-build", ""),
    ("admin", "add-group-pkg child kiwi-build bash kiwi", ""),
    ("releng", "list-groups child", "kiwi: None, mandatory  [child]"),
    ("admin", "add-target child child minidist-candidate", ""),
    ("releng", "list-targets --name=child", "minidist-candidate"),
    ("admin", "grant-permission --new compose nobody", ""),
    ("nobody", "list-permissions --mine", "compose"),
    ("admin", "revoke-permission compose nobody", ""),
    ("admin", "add-host other x86_64 s390x", "other added"),
    ("admin", "add-host-to-channel other image", ""),
    ("admin", "edit-host --capacity=7 other", "Edited other"),
    ("admin", "disable-host other", ""),
    ("releng", "hostinfo other", "Enabled: no"),
    ("admin", "add-external-repo -t child fedora http://127.0.0.1/fedora/", "Added external repo"),
    ("releng", "list-external-repos", "http://127.0.0.1/fedora/"),
    ("releng", "tag-build --nowait minidist-candidate minidist-Disk-1.0-1", "Created task"),
    ("releng", "list-history --tag=minidist-candidate --show=tag_listing", "tagged into"),
    ("admin", "untag-build minidist-candidate minidist-Disk-1.0-1", ""),
    ("releng", "latest-build --quiet minidist-candidate minidist-Disk", ""),
    ("admin", "regen-repo --make-task --nowait minidist-build", "Regenerating repo"),
    ("admin", "request-repo --nowait minidist-build", "Got repo 1"),
    ("admin", "edit-tag --lock minidist-candidate", ""),
    ("admin", "tag-build --nowait minidist-candidate minidist-Disk-1.0-1", "tag is locked"),
]

FAILING = {
    f"watch-task {FAILED}",
    "buildinfo none-1-1",
    f"cancel {FREE} nobody",
    "add-pkg --owner=releng minidist-candidate new releng",
    "tag-build --nowait minidist-candidate minidist-Disk-1.0-1 admin",
}


@pytest.mark.parametrize(
    ("user", "line", "expected"),
    [*READING, *CHANGING],
    ids=[f"{user} {line}" for user, line, _ in (*READING, *CHANGING)],
)
def test_command(
    ran: dict[tuple[str, str], tuple[int, str]], user: str, line: str, expected: str
) -> None:
    status, output = ran[user, line]
    assert expected in output
    assert (status != 0) == bool({line, f"{line} {user}"} & FAILING), output

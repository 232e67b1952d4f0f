"""A kojid build root: kojid's class as the adapter sees it, with real processes for mock."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji
import pytest
import requests

from koji_imagebuild.adapters.buildroot import KojidRoot, KojidRoots
from koji_imagebuild.errors import Infrastructure, PreflightError
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import BuildTag, RepoInfo, Target
from koji_imagebuild.tools.base import Command
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

from .devices import is_attached
from .koji_side import Options, running
from .settlers import settled

if TYPE_CHECKING:
    from .devices import Attach

NO_DEVICES = BuildTag(2, "minidist-build", ("x86_64",), host_devices=False)
DEVICES = BuildTag(2, "minidist-build", ("x86_64",), host_devices=True)
JOB = ArchJob(
    NVR("disk", "1", "3"),
    "x86_64",
    Target("minidist", 2, "minidist-build", 3, "minidist-candidate"),
    RepoInfo(7, 1284, "minidist-build"),
    Kiwi(KiwiSource(Location(url="git+http://127.0.0.1/d#c"), "a.kiwi"), KiwiOptions()),
    BuildOptions(),
    Repo("http://127.0.0.1/repo"),
)


@dataclass
class BuildRoot:
    """kojid's, as far as it is used; mock is the command itself, without a root."""

    session: Any
    options: Options
    tag: int
    arch: str
    task_id: int
    repo_id: int
    install_group: str
    setup_dns: bool
    bind_opts: dict[str, dict[str, str]] | None
    workdir: str = ""
    id: int = 11
    logs: set[str] = field(default_factory=lambda: {"root.log", "state.log", "mock_config.txt"})
    external: dict[str, str] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()
    questions: int = 0
    words: list[str] = field(default_factory=list)
    fails: Exception | None = None
    expired: int = 0

    def __post_init__(self) -> None:
        if self.repo_id == 13:
            raise koji.BuildrootError("Requested repo (13) is DELETED")
        if self.repo_id == 28:
            raise OSError(errno.ENOSPC, "No space left on device")

    def rootdir(self) -> str:
        return f"{self.options.mockdir}/minidist-build-11-7/root"

    def resultdir(self) -> str:
        return f"{self.options.mockdir}/minidist-build-11-7/result"

    def init(self) -> None:
        if self.fails:
            raise self.fails

    def mock(self, args: list[str]) -> int:
        """Output is appended to mock_output.log; the status is os.waitpid's."""
        self.words = args
        if args == ["--clean"]:
            return 0
        with Path(self.workdir, "mock_output.log").open("ab") as output:
            running = subprocess.Popen(args[2:], stdout=output, stderr=output)
            status = os.waitpid(running.pid, 0)[1]
        running.returncode = 0
        return status

    def expire(self) -> None:
        self.expired += 1
        if self.fails:
            raise self.fails

    def markExternalRPMs(self, rpmlist: list[dict[str, Any]]) -> None:  # noqa: N802  # kojid's
        self.questions += 1
        for entry in rpmlist:
            nvra = "{name}-{version}-{release}.{arch}".format(**entry)
            if nvra in self.external:
                entry["external_repo"] = {"external_repo_name": self.external[nvra]}
            elif nvra not in self.internal:
                raise koji.BuildError(f"No origin for {nvra}")


@pytest.fixture
def roots(tmp_path: Path) -> KojidRoots:
    task = running(object(), tmp_path / "workdir", mockdir=str(tmp_path / "mock"))
    (tmp_path / "mock" / "minidist-build-11-7" / "root").mkdir(parents=True)
    (tmp_path / "mock" / "minidist-build-11-7" / "result").mkdir()
    return KojidRoots(BuildRoot, task)


@pytest.fixture
def root(roots: KojidRoots) -> KojidRoot:
    return roots.open(JOB, NO_DEVICES)


def kojids(root: KojidRoot) -> BuildRoot:
    broot = root._broot
    assert isinstance(broot, BuildRoot)
    return broot


def shell(script: str) -> Command:
    return Command("step", ("sh", "-c", script), "20-step.log")


def test_what_kojid_is_asked_for(root: KojidRoot, tmp_path: Path) -> None:
    broot = kojids(root)

    assert (broot.tag, broot.arch, broot.task_id, broot.repo_id) == (2, "x86_64", 42, 7)
    assert (broot.install_group, broot.setup_dns, broot.bind_opts) == ("kiwi-build", True, None)
    assert (root.id, root.path) == (11, tmp_path / "mock" / "minidist-build-11-7" / "root")
    assert root.logs == ("root.log", "state.log")
    assert root.free_space > 0


def test_the_machines_devices_only_where_the_tag_allows_them(roots: KojidRoots) -> None:
    assert kojids(roots.open(JOB, DEVICES)).bind_opts == {"dirs": {"/dev": "/dev"}}


@pytest.mark.parametrize(
    ("repo", "why"), [(13, r"repo \(13\) is DELETED"), (28, "No space left on device")]
)
def test_no_build_root_to_be_had(roots: KojidRoots, repo: int, why: str) -> None:
    job = ArchJob(**{**vars(JOB), "repo": RepoInfo(repo, 1284, "minidist-build")})

    with pytest.raises(Infrastructure, match=f"No build root could be had.*{why}"):
        roots.open(job, NO_DEVICES)


def test_a_command_and_its_part_of_mocks_output(root: KojidRoot, tmp_path: Path) -> None:
    first = root.run(shell("echo one; echo two >&2"), 60)
    assert (first.status, first.signal, first.log.read_text()) == (0, 0, "one\ntwo\n")

    second = root.run(Command("next", ("sh", "-c", "echo three; exit 3"), "21-next.log"), 60)

    assert (second.status, second.signal) == (3, 0)
    assert second.log == tmp_path / "workdir" / "21-next.log"
    assert second.log.read_text() == "three\n"
    assert first.log.read_text() == "one\ntwo\n"


def test_a_command_is_limited_inside_the_build_root(root: KojidRoot) -> None:
    root.run(shell("true"), 90)

    assert kojids(root).words == [
        *("--chroot", "--", "/bin/sh", "-c", 'exec "$@" 3>&2 2>&1', "-"),
        *("timeout", "--signal=INT", "--kill-after=60", "90"),
        *("sh", "-c", "true"),
    ]


def test_words_of_a_command_are_no_options_of_mock(root: KojidRoot) -> None:
    root.run(Command("step", ("echo", "--new-chroot", "a b"), "20-step.log"), 60)

    assert kojids(root).words[-3:] == ["echo", "--new-chroot", "a b"]


def test_time_is_over(root: KojidRoot) -> None:
    assert root.run(shell("sleep 60"), 1).status == 124


def test_mock_was_killed(root: KojidRoot) -> None:
    ran = root.run(shell("kill -9 $PPID"), 60)

    assert (ran.status, ran.signal) == (137, 9)


def test_a_tool_that_was_killed_is_not_mock(root: KojidRoot) -> None:
    ran = root.run(shell("sh -c 'kill -9 $$'; exit 137"), 60)

    assert (ran.status, ran.signal) == (137, 0)


def test_a_root_that_cannot_be_filled_is_explained(root: KojidRoot, tmp_path: Path) -> None:
    broot = kojids(root)
    broot.fails = koji.BuildrootError("could not init mock buildroot, mock exited with status 30")
    log = tmp_path / "mock" / "minidist-build-11-7" / "result" / "root.log"
    log.write_text("DEBUG util.py:459:  No match for argument: kiwi-cli\n")

    with pytest.raises(PreflightError, match="packages of its group") as caught:
        root.fill()

    assert caught.value.lines == ("No match for argument: kiwi-cli",)


@pytest.mark.parametrize(
    "problem",
    [
        koji.GenericError("hub offline"),
        koji.AuthError("session expired"),
        requests.exceptions.ConnectionError("refused"),
        ConnectionResetError(),
    ],
)
def test_a_root_is_released_although_the_hub_is_gone(root: KojidRoot, problem: Exception) -> None:
    """In a cancel, calls to the hub fail already."""
    kojids(root).fails = problem

    root.release()

    assert kojids(root).expired == 1


def test_a_root_is_discarded_by_mock(root: KojidRoot) -> None:
    root.discard()

    assert kojids(root).words == ["--clean"]


def test_devices_are_released_before_the_hub_is_told(root: KojidRoot, attach: Attach) -> None:
    device = attach(root.path / "builddir" / "image-build" / "disk.img")
    kojids(root).fails = KeyboardInterrupt()  # type: ignore[assignment]  # a second cancel

    with pytest.raises(KeyboardInterrupt):
        root.release()

    assert not is_attached(device)


@pytest.mark.usefixtures("as_root")
def test_what_a_killed_mock_ran_ends(root: KojidRoot) -> None:
    with settled(root.path) as process:
        root.release()

        assert process.wait(5) == -signal.SIGKILL


def rpm(number: int) -> Rpm:
    return Rpm(f"p{number}", None, "1", "1", "noarch", "", 0, 0)


def test_origins_of_external_rpms(roots: KojidRoots, root: KojidRoot) -> None:
    broot = kojids(root)
    broot.external = {rpm(n).nvra: "epel" for n in range(40)}
    broot.internal = frozenset({rpm(40).nvra})

    found = roots.origins(tuple(rpm(n) for n in range(41)))

    assert found == broot.external
    assert broot.questions == 1


def test_one_rpm_nobody_knows_hides_no_other(roots: KojidRoots, root: KojidRoot) -> None:
    broot = kojids(root)
    broot.external = {rpm(n).nvra: "epel" for n in range(64) if n != 17}

    found = roots.origins(tuple(rpm(n) for n in range(64)))

    assert found == broot.external
    assert broot.questions == 1 + 2 * 6

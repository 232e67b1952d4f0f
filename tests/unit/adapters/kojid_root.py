"""kojid's class of build roots as the adapter sees it, with real processes for mock."""

from __future__ import annotations

import errno
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import koji

from koji_imagebuild.adapters.buildroot import KojidRoot, KojidRoots
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import BuildTag, RepoInfo, Target
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

from .koji_side import Options, running

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
    calls: int = 0
    init_status: int = 0

    def __post_init__(self) -> None:
        if self.repo_id == 13:
            raise koji.BuildrootError("Requested repo (13) is DELETED")
        if self.repo_id == 28:
            raise OSError(errno.ENOSPC, "No space left on device")

    def rootdir(self) -> str:
        return f"{self.options.mockdir}/minidist-build-11-7/root"

    def resultdir(self) -> str:
        return f"{self.options.mockdir}/minidist-build-11-7/result"

    def mock(self, args: list[str]) -> int:
        """Output is appended to mock_output.log; the status is os.waitpid's."""
        self.calls += 1
        self.words = args
        if args == ["--init"]:
            return self.init_status
        if args == ["--clean"]:
            return 0
        with Path(self.workdir, "mock_output.log").open("ab") as output:
            running = subprocess.Popen(args[2:], stdout=output, stderr=output)
            status = os.waitpid(running.pid, 0)[1]
        running.returncode = 0
        return status

    def getPackageList(self) -> list[dict[str, Any]]:  # noqa: N802  # kojid's
        return [{"name": "bash"}]

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


class HubSide:
    """The hub, as far as kojid's class asks it here."""

    def __init__(self) -> None:
        self.listed: list[tuple[int, Any]] = []

    def host_set_build_root_list(self, root_id: int, packages: Any) -> None:
        self.listed.append((root_id, packages))


def open_roots(folder: Path) -> KojidRoots:
    """Build roots of a task, in a new folder."""
    task = running(HubSide(), folder / "workdir", mockdir=str(folder / "mock"))
    (folder / "mock" / "minidist-build-11-7" / "root").mkdir(parents=True)
    (folder / "mock" / "minidist-build-11-7" / "result").mkdir()
    return KojidRoots(BuildRoot, task)


def kojids(root: KojidRoot) -> BuildRoot:
    broot = root._broot
    assert isinstance(broot, BuildRoot)
    return broot

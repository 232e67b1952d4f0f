"""kojid's ``BuildRoot``, which lives in no library: builder plugins take it from ``__main__``."""

from __future__ import annotations

import logging
import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import koji
from koji.daemon import incremental_upload
from koji.util import parseStatus

from koji_imagebuild.sandbox.builder import external, installed, mock_config, mocks
from koji_imagebuild.sandbox.builder.log_follower import LogFollower
from koji_imagebuild.sandbox.root.isolation import Isolation
from koji_imagebuild.sandbox.root.namespace import fork
from koji_imagebuild.sandbox.root.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.sandbox.builder.options import Options

_POLL = 0.05  # seconds; kojid looks once a second
_UPLOAD_EVERY = 4  # polls


class BuildRoot:
    """Contract: builder/kojid:201-945. Names and results are kojid's.

    Set ``workdir`` to a folder, or what mock prints is lost to the builder's own log.
    """

    def __init__(
        self,
        session: Any,
        options: Options,
        tag: str | int,
        arch: str,
        task_id: int,
        repo_id: int | None = None,
        install_group: str = "build",
        setup_dns: bool = False,  # noqa: FBT001, FBT002  # kojid's signature
        bind_opts: Mapping[str, Mapping[str, str]] | None = None,
        internal_dev_setup: bool | None = None,  # noqa: FBT001  # kojid's signature
    ) -> None:
        """:raises koji.BuildrootError: when tag and repository do not fit together"""
        self.logger = logging.getLogger("koji.build.buildroot")
        self.session = session
        self.options = options
        self.logs: set[str] = set()
        self.workdir: str | None = None
        self.task_id = task_id
        self._take_repo(tag, repo_id)
        self.br_arch = koji.canonArch(arch)
        self.target_arch = "armv7hl" if arch == "armhfp" else arch
        self.install_group = install_group
        self.setup_dns = setup_dns
        self.bind_opts = bind_opts or {}
        self.internal_dev_setup = internal_dev_setup
        self.id = session.host.newBuildRoot(self.repoid, self.br_arch, task_id=task_id)
        if self.id is None:
            raise koji.BuildrootError("failed to get a buildroot id")
        self.name = f"{self.tag_name}-{self.id}-{self.repoid}"
        self._mock = self._prepare_mock()

    def _take_repo(self, tag: str | int, repo_id: int | None) -> None:
        if not repo_id:
            raise koji.BuildrootError("A repo id must be provided")
        self.repo_info = self.session.repoInfo(repo_id, strict=True)
        self.repoid = self.repo_info["id"]
        self.event_id = self.repo_info["create_event"]
        self.config = self.session.getBuildConfig(tag, event=self.event_id)
        if not self.config:
            raise koji.BuildrootError(f"Could not get config info for tag: {tag}")
        self.tag_id, self.tag_name = self.config["id"], self.config["name"]
        if self.tag_id != self.repo_info["tag_id"]:
            raise koji.BuildrootError(
                f"tag/repo mismatch: {self.tag_name} vs {self.repo_info['tag_name']}"
            )
        state = koji.REPO_STATES[self.repo_info["state"]]
        if state not in {"READY", "EXPIRED"}:
            raise koji.BuildrootError(f"Requested repo ({repo_id}) is {state}")

    def _prepare_mock(self) -> mocks.Mock:
        config = self._folder.with_name(f"{self.name}.cfg")
        config.write_text(mock_config.text(self))
        self.single_log(str(config), name="mock_config.log")
        extra = self.config["extra"]
        # mock's default is systemd-nspawn; only an explicit off makes it simple (kojid:467).
        simple = not extra.get("mock.new_chroot", True)
        program = mocks.installed()
        if program:
            return mocks.Installed(program, config, simple)
        return mocks.StandIn(
            self._folder,
            Path(self.options.root_cache),
            Recipe((self._repo_url,), self.install_group, extra.get("mock.releasever"),
                   network=self.setup_dns),
            Isolation(simple, tuple(self.bind_opts.get("dirs", {}).items())),
            mock_config.environment(extra),
        )  # fmt: skip

    @property
    def _folder(self) -> Path:
        return Path(self.options.mockdir) / self.name

    @property
    def _repo_url(self) -> str:
        return f"{self.options.topurl}/{self.get_repo_dir()}/{self.br_arch}"

    def get_repo_dir(self) -> str:
        """Give the repository's folder, relative to topdir and topurl."""
        path: str = koji.PathInfo(topdir="").repo(self.repoid, self.tag_name)
        return path.lstrip("/")

    def mock(self, args: Sequence[str]) -> int:
        """Run mock, upload its logs meanwhile, return its raw wait status."""
        self.logger.info("mock for %s: %s", self.name, " ".join(args))
        pid = fork(lambda: self._be_mock(args))
        polls = 0
        with closing(LogFollower(self._upload_log)) as follower:
            while True:
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended or polls % _UPLOAD_EVERY == 0:
                    follower.sync(self._log_patterns())
                if ended:
                    return status
                polls += 1
                time.sleep(_POLL)

    def _be_mock(self, args: Sequence[str]) -> int:
        self.session._forget()  # noqa: SLF001  # Koji's way to give up a session after a fork
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if self.workdir:
            flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND
            output = os.open(Path(self.workdir) / "mock_output.log", flags, 0o644)
            os.dup2(output, 1)
            os.dup2(output, 2)
        return self._mock.run(args)

    def _log_patterns(self) -> tuple[str, ...]:
        own = (f"{self.workdir}/mock_output.log",) if self.workdir else ()
        return (f"{self.resultdir()}/*.log", f"{self.rootdir()}/var/log/dnf*.log", *own)

    def _upload_log(self, name: str, file: BinaryIO) -> None:
        incremental_upload(self.session, name, file, self.getUploadPath(), logger=self.logger)
        self.logs.add(name)

    def getUploadPath(self) -> str:  # noqa: N802  # kojid's name
        path: str = koji.pathinfo.taskrelpath(self.task_id)
        return path

    def single_log(self, localfile: str, name: str | None = None) -> None:
        name = name or Path(localfile).name
        self.session.uploadWrapper(localfile, self.getUploadPath(), name=name)
        self.logs.add(name)

    def init(self) -> None:
        """Make the build root.

        :raises koji.BuildrootError: when mock fails
        """
        status = self.mock(["--init"])
        if status:
            self.expire()
            told = parseStatus(status, "mock")
            raise koji.BuildrootError(
                f"could not init mock buildroot, {told}; see root.log for more information"
            )
        self.mock(["--chroot", "uname -r"])
        self.session.host.setBuildRootList(self.id, self.getPackageList())

    def getPackageList(self) -> list[installed.Rpm]:  # noqa: N802  # kojid's name
        """List the root's RPMs, with the hub's ids where it knows them."""
        packages = installed.read(Path(self.rootdir()))
        self.markExternalRPMs(packages)
        installed.identify(packages, self._repo_url)
        return packages

    def markExternalRPMs(self, rpmlist: list[installed.Rpm]) -> None:  # noqa: N802  # kojid's name
        """Name the external repository of each RPM that came from one.

        :raises koji.BuildError: for an RPM that is not in the repository
        """
        tag, event = self.repo_info["tag_id"], self.repo_info["create_event"]
        repos = self.session.getExternalRepoList(tag, event=event)
        if repos:
            external.mark(rpmlist, self._repo_url, repos, self.br_arch)

    def path_without_to_within(self, path: str) -> str:
        """Turn a path of the host into one of the root.

        :raises ValueError: when it lies outside the root
        """
        return "/" + str(Path(path).relative_to(self.rootdir()))

    def rootdir(self) -> str:
        return str(self._folder / "root")

    def resultdir(self) -> str:
        return str(self._folder / "result")

    def tmpdir(self, within: bool = False) -> str:  # noqa: FBT001, FBT002  # kojid's signature
        base = self.options.chroot_tmpdir
        return base if within else f"{self.rootdir()}{base}"

    def expire(self) -> None:
        self.session.host.setBuildRootState(self.id, "EXPIRED")

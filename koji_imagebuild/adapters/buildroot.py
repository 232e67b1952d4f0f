"""A kojid build root as the arch flow uses it."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import koji
import koji.util

from koji_imagebuild.adapters import batch, descendants, leftovers, mock_logs, residents
from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.pipeline.ports import Ran

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.rpms import Rpm
    from koji_imagebuild.model.target import BuildTag
    from koji_imagebuild.tools.base import Command

OriginLookup = Callable[["tuple[Rpm, ...]"], "Mapping[str, str]"]

#: From SIGINT to SIGKILL, in seconds: kiwi unmounts in between.
_GRACE = 60
_MOCK_OUTPUT = "mock_output.log"


class KojidRoots:
    """Makes build roots with kojid's own ``BuildRoot``.

    :param kind: kojid's class, which lives in its main program
    :param task: the running ``koji.tasks.BaseTaskHandler``
    """

    def __init__(self, kind: Any, task: Any) -> None:
        self._kind = kind
        self._task = task
        self._last: Any = None

    def open(self, job: ArchJob[Any], tag: BuildTag) -> KojidRoot:
        dirs = {"/dev": "/dev"} if tag.host_devices else {}
        try:
            broot = self._kind(
                self._task.session,
                self._task.options,
                tag=tag.id,
                arch=job.arch,
                task_id=self._task.id,
                repo_id=job.repo.id,
                install_group=job.tool.install_group,
                setup_dns=True,
                # Any value, even an empty one, makes mock leave /dev alone.
                bind_opts={"dirs": dirs} if dirs else None,
            )
        except (koji.BuildrootError, OSError) as problem:
            raise Infrastructure(f"No build root could be had: {problem}") from problem
        broot.workdir = self._task.workdir
        self._last = broot
        return KojidRoot(broot)

    def origins(self, rpms: tuple[Rpm, ...]) -> Mapping[str, str]:
        """Where the last build root's repository says RPMs come from, by N-V-R.A.

        Koji answers for all or for none and reads the repository's metadata each time, so where
        it knows one of them not, the halves are asked.
        """
        entries: list[dict[str, Any]] = [
            {
                "name": rpm.name,
                "version": rpm.version,
                "release": rpm.release,
                "arch": rpm.arch,
            }
            for rpm in rpms
        ]
        try:
            self._last.markExternalRPMs(entries)
        except koji.BuildError:
            if len(rpms) == 1:
                return {}
            half = len(rpms) // 2
            return {**self.origins(rpms[:half]), **self.origins(rpms[half:])}
        return {
            rpm.nvra: str(entry["external_repo"]["external_repo_name"])
            for rpm, entry in zip(rpms, entries)
            if "external_repo" in entry
        }


class KojidRoot:
    """One build root.

    :param broot: kojid's ``BuildRoot``
    """

    def __init__(self, broot: Any) -> None:
        self._broot = broot
        self._output = Path(broot.workdir) / _MOCK_OUTPUT
        self._devices_before = leftovers.known()

    @property
    def path(self) -> Path:
        return Path(self._broot.rootdir())

    @property
    def id(self) -> int:
        return int(self._broot.id)

    @property
    def logs(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self._broot.logs if name.endswith(".log")))

    @property
    def free_space(self) -> int:
        disk = os.statvfs(self._broot.options.mockdir)
        return disk.f_bavail * disk.f_frsize

    def fill(self) -> None:
        try:
            self._init()
            self.record()
        except koji.BuildrootError as problem:
            raise mock_logs.explain(problem, Path(self._broot.resultdir()), self._output) from None

    def _init(self) -> None:
        """As kojid's own init, which calls mock once more, for uname: the probe says that as well.

        :raises koji.BuildrootError: when mock fails
        """
        with _no_mock_left():
            status = self._broot.mock(["--init"])
        if status:
            told = koji.util.parseStatus(status, "mock")
            raise koji.BuildrootError(f"could not init mock buildroot, {told}")

    def record(self) -> None:
        """Tell the hub which packages are in it."""
        packages = self._broot.getPackageList()
        self._broot.session.host.setBuildRootList(self._broot.id, packages)

    def run(self, commands: Sequence[Command], seconds: int) -> tuple[Ran, ...]:
        size = self._output.stat().st_size if self._output.exists() else 0
        begin = _since_boot()
        # mock stops to read when one of the two ends, standard output first: what is on standard
        # error then is lost (mockbuild/util.py, logOutput). So all goes to the first, and the
        # second stays open as long.
        merged = ("/bin/sh", "-c", 'exec "$@" 3>&2 2>&1', "-")
        limited = (*merged, "timeout", "--signal=INT", f"--kill-after={_GRACE}", str(seconds))
        with _no_mock_left():
            status = self._broot.mock(["--chroot", "--", *limited, *batch.argv(commands)])
        with self._output.open("rb") as output:
            output.seek(size)
            parts = batch.split(output.read(), len(commands), begin, _since_boot())
        ran = []
        for command, part in zip(commands, parts):
            log = self._output.with_name(command.log)
            log.write_bytes(part.output)
            ran.append(Ran(status=0, signal=0, log=log, seconds=part.seconds))
        return (*ran[:-1], _ended(ran[-1], status))

    def release(self) -> None:
        """Also in a cancel, when calls to the hub fail already: the hub comes last."""
        residents.end([self.path], lambda _: True)
        leftovers.release_below(self.path, self._devices_before)
        with suppress(koji.GenericError, OSError):
            self._broot.expire()

    def discard(self) -> None:
        with suppress(koji.GenericError, OSError):
            self._broot.mock(["--clean"])


def _ended(ran: Ran, status: int) -> Ran:
    """:param status: as os.waitpid has it"""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return replace(ran, status=128 + number, signal=number)
    return replace(ran, status=os.WEXITSTATUS(status))


def _since_boot() -> float:
    """The clock of /proc/uptime."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def _no_mock_left() -> Iterator[None]:
    """kojid reads mock's logs in between, and gives up when the hub refuses them: a canceled
    task's. It leaves mock running then, and so whatever runs in the build root.
    """
    try:
        yield
    except BaseException:
        descendants.end_all()
        raise

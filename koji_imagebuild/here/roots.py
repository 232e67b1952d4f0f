"""Build roots of this machine: the stand-in for mock that the sandbox has, without a hub."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.adapters.buildroot import KojidRoot
from koji_imagebuild.here.downloads import Downloads
from koji_imagebuild.here.runs import ENDINGS
from koji_imagebuild.sandbox.builder.mocks import StandIn
from koji_imagebuild.sandbox.root.isolation import Isolation
from koji_imagebuild.sandbox.root.namespace import fork
from koji_imagebuild.sandbox.root.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.cli.tool_command import Step
    from koji_imagebuild.here.progress import Progress
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.target import BuildTag
    from koji_imagebuild.pipeline.ports import Desk, Ran
    from koji_imagebuild.tools.base import Command

_POLL: Final = 0.05  # seconds
_OUTPUT: Final = "mock_output.log"
_ROOT_LOG: Final = "root.log"


@dataclass(frozen=True)
class Site:
    """What build roots are made of and with.

    :param folder: of this build; roots lie in it
    :param shared: what roots of all builds share
    :param repos: base URLs that a root's packages come from
    :param step: reads the tool's progress out of its log
    """

    folder: Path
    shared: Path
    repos: tuple[str, ...]
    desk: Desk
    progress: Progress
    step: Step


class HereRoots:
    """Build roots, one after the other."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._number = 0

    def open(self, job: ArchJob[Any], tag: BuildTag) -> HereRoot:
        site, self._number = self._site, self._number + 1
        site.progress.begin("make the build root")
        downloads = Downloads.of(job.tool.name, site.shared, site.folder / f"kept-{self._number}")
        binds = (("/dev", "/dev"), *downloads.binds()) if tag.host_devices else downloads.binds()
        folder = site.folder / f"root-{self._number}"
        recipe = Recipe(site.repos, job.tool.install_group, network=True)
        mock = StandIn(folder, site.shared, recipe, Isolation(simple=True, binds=binds))
        return HereRoot(_BuildRoot(folder, site, mock), site, downloads)


class HereRoot(KojidRoot):
    """A root whose steps are shown, and whose log is kept."""

    def __init__(self, broot: _BuildRoot, site: Site, downloads: Downloads) -> None:
        super().__init__(broot)
        self._log = Path(broot.resultdir()) / _ROOT_LOG
        self._site = site
        self._downloads = downloads

    def record(self) -> None:
        """Nobody keeps a list."""

    def run(self, commands: Sequence[Command], seconds: int) -> tuple[Ran, ...]:
        """A call for each: none is dear here, and each step is shown as it begins."""
        ended: list[Ran] = []
        left: float = seconds
        for command in commands:
            self._site.progress.begin(command.step)
            ended += super().run((command,), max(1, int(left)))
            if ended[-1].status or ended[-1].signal:
                break
            left -= ended[-1].seconds
        return tuple(ended)

    def release(self) -> None:
        super().release()
        self._downloads.keep()
        if self._log.exists():
            self._site.desk.upload(self._log, _ROOT_LOG)


@dataclass(frozen=True)
class _Options:
    """kojid's, as far as a root is asked for them."""

    mockdir: str


@dataclass
class _BuildRoot:
    """kojid's ``BuildRoot``, as far as :class:`KojidRoot` uses it."""

    folder: Path
    site: Site
    standin: StandIn
    id: int = 0
    logs: frozenset[str] = frozenset({_ROOT_LOG})
    options: _Options = field(init=False)
    workdir: str = field(init=False)

    def __post_init__(self) -> None:
        self.workdir = str(self.site.desk.workdir)
        self.options = _Options(str(self.folder.parent))

    def rootdir(self) -> str:
        return str(self.folder / "root")

    def resultdir(self) -> str:
        return str(self.folder / "result")

    def expire(self) -> None:
        """Nobody keeps a list."""

    def mock(self, arguments: Sequence[str]) -> int:
        """Run mock's stand-in, show what it says, give its raw wait status."""
        output = Path(self.workdir) / _OUTPUT
        output.touch()
        with output.open("rb") as said:
            said.seek(0, os.SEEK_END)
            pid = self._start(arguments, output)
            while True:
                ended, status = os.waitpid(pid, os.WNOHANG)
                self._show(said.readlines())
                if ended:
                    return status
                time.sleep(_POLL)

    def _show(self, lines: Sequence[bytes]) -> None:
        self.site.progress.still()
        for line in lines:
            step = self.site.step(line.decode(errors="replace"))
            if step is not None:
                self.site.progress.within(step)

    def _start(self, arguments: Sequence[str], output: Path) -> int:
        # Python drops what a signal's handler raises in the hooks of a fork.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)

        def be_mock() -> int:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return self._be_mock(arguments, output)

        try:
            return fork(be_mock)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _be_mock(self, arguments: Sequence[str], output: Path) -> int:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        target = os.open(output, os.O_WRONLY | os.O_APPEND)
        os.dup2(target, 1)
        os.dup2(target, 2)
        return self.standin.run(arguments)

"""A build root like those of a sandbox's tasks, for a tool that is run without a task."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.root import isolation, removal
from koji_imagebuild.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.under_test import Koji

#: Bubblewrap wants a mount point at /, and in a chroot there is none.
_MOUNTED = """\
mkdir /top
mount --rbind / /top
mount --make-rprivate /top
exec chroot /top "$@"
"""
MOUNT_POINT = ("unshare", "--mount", "--propagation=unchanged", "sh", "-ec", _MOUNTED, "sh")


@dataclass(frozen=True)
class Root:
    """:param repository: address of the build tag's, which the build root can reach"""

    path: Path
    repository: str

    def seconds(self, *commands: tuple[str, ...]) -> float:
        """Run commands to their good end, one after the other."""
        start = time.monotonic()
        for argv in commands:
            self._run(argv)
        return time.monotonic() - start

    def _run(self, argv: tuple[str, ...]) -> None:
        path = self.path / "builddir/log"
        pid = os.fork()
        if pid == 0:
            log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            how = isolation.Isolation(simple=True, binds=(("/dev", "/dev"),))
            os._exit(isolation.run(self.path, how, argv, "/builddir", isolation.ENVIRONMENT))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status == 0, path.read_text()


@contextmanager
def root(koji: Koji, program: str) -> Iterator[Root]:
    """A copy of the ready root that has this program; a task has made it before."""
    state = State(Path(koji.environment["HOME"]).parent / "test")
    ready = (path for path in (state.builder_cache / "roots").iterdir() if path.is_dir())
    original = next(path for path in ready if (path / "usr/bin" / program).exists())
    copy = state.folder / "bench-root"
    subprocess.run(("cp", "-a", original, copy), check=True)
    (copy / "builddir").mkdir(exist_ok=True)
    repo = koji.session().getRepo(koji.build_tag)["id"]
    topurl = state.endpoints().topurl
    try:
        yield Root(copy, f"{topurl}/repos/{koji.build_tag}/{repo}/{koji.arch}")
    finally:
        removal.remove(copy)

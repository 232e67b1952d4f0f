"""mock, or what stands in for it where it is not installed."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.builder.mock_arguments import Clean, Init, UnknownArgumentError, parse
from koji_imagebuild.sandbox.root import isolation, layers, recipe
from koji_imagebuild.sandbox.root.removal import remove

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Exit statuses of mock (mockbuild/exception.py).
_BAD_ARGUMENTS = 5
_PACKAGE_MANAGER = 30

_PROGRAMS = (Path("/usr/libexec/mock/mock"), Path("/usr/bin/mock"))


class Mock(Protocol):
    """Runs in a process of its own that ends with the returned exit status."""

    def run(self, arguments: Sequence[str]) -> int: ...


@dataclass(frozen=True)
class StandIn:
    """Does in this process what mock would do.

    :param folder: the build root's folder in ``mockdir``
    :param shared: what build roots share
    """

    folder: Path
    shared: Path
    recipe: recipe.Recipe
    isolation: isolation.Isolation
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, arguments: Sequence[str]) -> int:
        try:
            call = parse(arguments)
            if isinstance(call, Clean):
                self._clean()
                return 0
            if isinstance(call, Init) or not self._root.exists():
                self._init()
        except UnknownArgumentError as problem:
            self._say(f"ERROR: {problem}")
            return _BAD_ARGUMENTS
        except Infrastructure as problem:
            self._say(f"ERROR: {problem}")
            return _PACKAGE_MANAGER
        if isinstance(call, Init):
            return 0
        self._say(f"INFO: Running in chroot: {list(call.argv)}")
        environment = {**isolation.ENVIRONMENT, **self.environment}
        return isolation.run(self._root, self.isolation, call.argv, call.cwd, environment)

    @property
    def _root(self) -> Path:
        return self.folder / "root"

    @property
    def _log(self) -> Path:
        return self.folder / "result" / "root.log"

    def _init(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._say("INFO: Start: chroot init")
        self._clean()
        try:
            recipe.make(self._root, self.recipe, self.shared, self._log, layers.layer)
        except BaseException:
            self._clean()
            raise
        self._say("INFO: Finish: chroot init")

    def _clean(self) -> None:
        layers.release(self._root)
        for path in self.folder.glob("root*"):
            remove(path)

    def _say(self, line: str) -> None:
        """Write where mock writes: to its output and to root.log."""
        os.write(1, f"{line}\n".encode())
        with contextlib.suppress(FileNotFoundError), self._log.open("a") as log:
            log.write(line + "\n")


@dataclass(frozen=True)
class Installed:
    """The mock of this machine."""

    program: Path
    config: Path
    simple: bool

    def run(self, arguments: Sequence[str]) -> int:
        mode = "--old-chroot" if self.simple else "--new-chroot"
        argv = (str(self.program), "-r", str(self.config), mode, *arguments)
        # mock refuses plain root unless it is told for whom it works, as consolehelper does. It
        # works for root here: the sandbox's folder is closed to everybody else.
        environment = {**os.environ, "USERHELPER_UID": "0"}
        os.execve(argv[0], argv, environment)  # noqa: S606  # mock takes no shell


def installed() -> Path | None:
    """Find mock."""
    return next((program for program in _PROGRAMS if program.exists()), None)

"""What a stage is given and what it may do."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Callable, Optional

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


# Stages die with osbuild: its bubblewrap has --die-with-parent.
_MORTAL = ("setpriv", "--pdeathsig", "KILL", "--")


class StageError(Exception):
    """A stage that fails; its text is the last part of the stage's output."""


@dataclass(frozen=True)
class Work:
    """One stage being run.

    :param inputs: files of sources, or trees of pipelines, by the name of the input
    :param say: adds to the stage's output
    :param later: faults that are due when everything is built
    """

    tree: Path
    options: Mapping[str, Any]
    inputs: Mapping[str, tuple[Path, ...]]
    devices: Mapping[str, Mapping[str, Any]]
    mounts: tuple[Mapping[str, Any], ...]
    say: Callable[[str], None]
    later: set[str]

    def run(self, *words: str | Path, stdin: str | None = None) -> str:
        """Run a program; what it writes to its error stream becomes output of the stage.

        :raises StageError: when it fails
        """
        done = subprocess.run(
            (*_MORTAL, *words), input=stdin, check=False, capture_output=True, text=True
        )
        if done.stderr:
            self.say(done.stderr)
        if done.returncode:
            raise StageError(f"{words[0]} failed with exit code {done.returncode}\n")
        return done.stdout

    def pipe(self, target: IO[bytes], *words: str | Path) -> None:
        """Run a program that writes to a file.

        :raises StageError: when it fails
        """
        done = subprocess.run(
            (*_MORTAL, *words), check=False, stdout=target, stderr=subprocess.PIPE
        )
        if done.returncode:
            raise StageError(f"{done.stderr.decode()}{words[0]} failed\n")

    def input(self, name: str) -> Path:
        """The one file or tree of an input."""
        (path,) = self.inputs[name]
        return path


#: Metadata of the stage, or nothing.
Runner = Callable[[Work], Optional["dict[str, Any]"]]

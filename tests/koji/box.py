"""Namespaces of its own for all of a Koji; they end with the process that made them."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FIRST = Path(__file__).with_name("box.sh")
_PATIENCE = 30.0  # seconds


class NoBoxError(Exception):
    """No namespace can be made here."""


@dataclass(frozen=True)
class Daemon:
    """A process in the box.

    :param entered: nsenter, its parent, which waits for it outside
    """

    entered: subprocess.Popen[bytes]

    def pid(self) -> int | None:
        return next(iter(children(self.entered.pid)), None)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self.entered.wait(_PATIENCE)

    def stop(self) -> None:
        """End it, by SIGKILL when it does not end otherwise."""
        self._signal(signal.SIGTERM)
        try:
            self.entered.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int) -> None:
        if pid := self.pid():
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@dataclass(frozen=True)
class Box:
    """The namespaces. :param first: process id, outside, of its first process"""

    first: int

    def enter(self, *argv: str) -> tuple[str, ...]:
        """The command that runs this one in the box."""
        return ("nsenter", f"--target={self.first}", "--mount", "--pid", "--ipc", "--", *argv)

    def run(self, *argv: str, stdin: bytes = b"") -> str:
        """Run a command to its end.

        :raises subprocess.CalledProcessError: when it fails
        """
        done = subprocess.run(
            self.enter(*argv),
            input=stdin,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            said = done.stdout.decode(errors="replace")
            raise RuntimeError(f"{' '.join(argv)} exited with status {done.returncode}: {said}")
        return done.stdout.decode()

    def start(self, *argv: str, log: Path, environment: Mapping[str, str] | None = None) -> Daemon:
        """Start a daemon."""
        # A shell that puts pytest into the background has SIGINT ignored, and Koji cancels by it.
        heard = ("env", "--default-signal=INT,QUIT", *argv)
        with log.open("ab") as out:
            entered = subprocess.Popen(
                self.enter(*heard),
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        return Daemon(entered)


@contextmanager
def box(scratch: Path, tree: Path | None) -> Iterator[Box]:
    """Make a box; everything in it dies when the block ends.

    :param tree: laid over the system's files in it
    :raises NoBoxError: with what the machine refused
    """
    words = ("unshare", "--mount", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
    made = subprocess.Popen(
        ("setpriv", "--pdeathsig=KILL", *words, "sh", str(_FIRST), str(scratch), str(tree or "")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with made:
        try:
            assert made.stdout
            said = ""
            while said.rpartition("\n")[0].rpartition("\n")[2] != "ready":
                line = made.stdout.readline()
                if not line:
                    raise NoBoxError(said.strip())
                said += line
            yield Box(children(made.pid)[0])
        finally:
            # The end of the first process waits for that of all others.
            for pid in children(made.pid) or [made.pid]:
                os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    """In the order in which they were started; none of a process that is gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found

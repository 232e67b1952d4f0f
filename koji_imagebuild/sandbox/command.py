"""``koji-sandbox``: Koji on one machine, to try and to test."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import koji

from koji_imagebuild.errors import Misconfigured, PreflightError
from koji_imagebuild.sandbox import status, world
from koji_imagebuild.sandbox.start import Sandbox
from koji_imagebuild.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_RUNNING = 3

_ABOUT = """\
Koji on one machine, to try and to test: a hub and a builder on 127.0.0.1 that the koji
command line talks to, and the image build plugins in them. For one machine and one user;
where people outgrow it, the same plugins go onto their Koji.
"""
_AFTER = """\
The koji profiles are "sandbox" (a release engineer) and "sandbox-admin":
  koji -p sandbox list-targets
  koji -p sandbox-admin add-pkg --owner=releng {dest_tag} my-image
A sandbox in another folder (--state .../NAME) has the profiles sandbox-NAME and
sandbox-NAME-admin.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    state = State(asked.state.resolve()) if asked.state else State.default()
    try:
        code: int = asked.run(Sandbox(state), asked)
    except (koji.GenericError, OSError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "koji-sandbox",
        description=_ABOUT,
        epilog=_AFTER.format(dest_tag=world.of_host().dest_tag),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = "the sandbox's folder (default: ~/.local/state/koji-sandbox)"
    parser.add_argument("--state", type=Path, metavar="DIR", help=where)
    # The option may stand before or after the command; only what is given counts.
    after = argparse.ArgumentParser(add_help=False)
    after.add_argument("--state", type=Path, metavar="DIR", help=where, default=argparse.SUPPRESS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[..., int], does: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[after], help=does, description=does)
        command.set_defaults(run=run)
        return command

    add("start", _start, "make it if there is none, start what does not run")
    add("stop", _stop, "end hub and builder; what they made stays")
    add("status", _status, "addresses, processes, tasks; exit status 3 when it does not run")
    reset = add("reset", _reset, "stop it and remove everything it holds")
    reset.add_argument("-y", "--yes", action="store_true", help="do not ask")
    add("shell", _shell, "a shell whose koji command talks to it")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _start(sandbox: Sandbox, _asked: argparse.Namespace) -> int:
    profile = sandbox.start(_say).profile
    _say(f"The sandbox runs. Try: koji -p {profile} list-targets; koji -p {profile} --help")
    return 0


def _stop(sandbox: Sandbox, _asked: argparse.Namespace) -> int:
    _existing(sandbox)
    if not sandbox.stop(_say):
        _say("it was not running")
    return 0


def _status(sandbox: Sandbox, _asked: argparse.Namespace) -> int:
    if not sandbox.exists():
        _say(f"there is no sandbox in {sandbox.state.folder}; make it with: koji-sandbox start")
        return NOT_RUNNING
    for line in status.lines(sandbox):
        _say(line)
    return 0 if sandbox.is_running() else NOT_RUNNING


def _reset(sandbox: Sandbox, asked: argparse.Namespace) -> int:
    _existing(sandbox)
    if not asked.yes:
        _say(f"This removes {sandbox.state.folder} with every build, log and task in it.")
        if not _agreed("Remove it? [y/N] "):
            return 1
    sandbox.remove(_say)
    _say(f"{sandbox.state.folder} removed")
    return 0


def _shell(sandbox: Sandbox, _asked: argparse.Namespace) -> int:
    _existing(sandbox)
    program = shutil.which("koji", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        raise PreflightError("the koji command is not installed", repair="pip install koji")
    profile = sandbox.state.endpoints().profile
    folder = sandbox.state.run / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    wrapper = folder / "koji"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(program)} -p {profile} "$@"\n')
    wrapper.chmod(0o755)
    _say(f"koji talks to the sandbox now, as releng; as admin: koji -p {profile}-admin. End: exit")
    shell = os.environ.get("SHELL") or "/bin/sh"
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.execve(shell, (shell,), {**os.environ, "PATH": path})  # noqa: S606  # the user's own shell


def _agreed(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _existing(sandbox: Sandbox) -> None:
    if not sandbox.exists():
        raise Misconfigured(
            f"there is no sandbox in {sandbox.state.folder}",
            repair="Make it with: koji-sandbox start",
        )


if __name__ == "__main__":
    sys.exit(main())

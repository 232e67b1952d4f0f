"""The main job, shown: two images built, imported and looked at, and one of them booted."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.errors import Told
from koji_imagebuild.sandbox import boot, installation, scm, world
from koji_imagebuild.sandbox.start import Sandbox
from koji_imagebuild.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.sandbox.state import Endpoints


@dataclass(frozen=True)
class Koji:
    """The real koji command, talking to a sandbox."""

    endpoints: Endpoints

    def show(self, *words: str) -> None:
        """Run a command as a user would, and show it.

        :raises Told: when it fails
        """
        said = ("koji", "-p", self.endpoints.profile, *words)
        say(f"\n$ {' '.join(said)}")
        status = subprocess.run(self._argv(words), check=False).returncode
        if status:
            raise Told(f"{' '.join(said[:4])} … ended with status {status}")

    def latest(self, tag: str, package: str) -> str:
        """The N-V-R that was tagged last."""
        words = ("latest-build", "--quiet", tag, package)
        done = subprocess.run(self._argv(words), check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.split()[0]

    def _argv(self, words: Sequence[str]) -> tuple[str, ...]:
        return (str(Path(sys.executable).with_name("koji")), "-p", self.endpoints.profile, *words)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Run it; the wrapper script has looked at the arguments already."""
    sandbox = Sandbox(State.default())
    leave = "--keep" in arguments or sandbox.is_running()
    try:
        _run(sandbox, leave=leave)
    except KeyboardInterrupt:
        say("\ninterrupted")
        return 130
    except (koji.GenericError, OSError, subprocess.SubprocessError) as problem:
        sys.stderr.write(f"\nerror: {problem}\nlogs: {sandbox.state.logs}\n")
        return 1
    finally:
        if not leave:
            sandbox.stop(say)
    return 0


def _run(sandbox: Sandbox, *, leave: bool) -> None:
    started = time.monotonic()
    endpoints = sandbox.start(say)
    commit = scm.publish(sandbox.state, installation.descriptions(), "descriptions")
    say(f"kiwi-descriptions are served as git+{endpoints.scm}/descriptions, commit {commit[:7]}")
    command = Koji(endpoints)
    ours = world.of_host()
    source = (ours.target, f"git+{endpoints.scm}/descriptions#main", ours.description)
    built = {}
    for name in ("Container", "Disk"):
        command.show("image-build-local", "kiwi", "--wait", "--profile", name, *source)
        built[name] = command.latest(ours.dest_tag, f"{ours.target}-{name}")
    command.show("buildinfo", built["Disk"])
    say("")
    image = _image(sandbox.state, built["Disk"])
    booted = boot.boot(image, marker=ours.marker, timeout=ours.boot_seconds, say=say)
    _summary(sandbox.state, endpoints, built, image, booted.seconds, leave=leave)
    say(f"Took                 {time.monotonic() - started:.0f} s")


def _image(state: State, nvr: str) -> Path:
    folder = Path(koji.PathInfo(topdir=str(state.topdir)).imagebuild(koji.parse_NVR(nvr)))
    return next(folder.glob("*.qcow2"))


def _summary(  # one line each
    state: State,
    endpoints: Endpoints,
    built: dict[str, str],
    image: Path,
    seconds: float,
    *,
    leave: bool,
) -> None:
    again = "" if leave else "./quickstart --keep; "
    say(
        f"\nBuilt and imported   {'   '.join(built.values())}\n"
        f"Booted               {image.name} to its login prompt in {seconds:.0f} s\n"
        f"Everything is in     {state.folder}   (koji-sandbox reset removes it)\n"
        f"Try                  {again}. .venv/bin/activate\n"
        f"                     koji -p {endpoints.profile} buildinfo {built['Disk']}\n"
        f"                     koji -p {endpoints.profile} image-build-local kiwi --help"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

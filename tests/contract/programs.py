"""The programs under test, and how to run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[2]
#: Of stages, real or not.
_TOOLS = ("bwrap", "mkfs.ext4", "qemu-img", "rpm", "sfdisk", "xz", "zstd")
MODULES = {"osbuild": "osbuild", "image-builder": "image_builder"}
_LAUNCHER = """\
#!/usr/bin/python3
import sys
sys.path.insert(0, {top!r})
from koji_imagebuild.sandbox.minidist.doubles.{module}.command import main
sys.exit(main())
"""


@dataclass(frozen=True)
class Done:
    """A program that has ended. :param code: negative when a signal ended it"""

    code: int
    stdout: str
    stderr: str

    @property
    def result(self) -> Any:
        """The result document of osbuild: the last line."""
        return json.loads(self.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Program:
    """:param folder: has the program, and osbuild beside image-builder"""

    name: str
    folder: Path
    work: Path
    is_double: bool

    def run(self, *words: str | Path, stdin: str | None = None) -> Done:
        """Run it; its working folder is the test's."""
        return self._start((self.folder / self.name, *words), stdin)

    def run_in_place(self, *words: str | Path, stdin: str | None = None) -> Done:
        """Run it as root in a place where stages can run, of which nothing stays."""
        return self.shell('exec "$@"', *words, stdin=stdin)

    def shell(self, script: str, *words: str | Path, stdin: str | None = None) -> Done:
        """Run a shell script in such a place; ``"$@"`` is the program with its arguments."""
        if os.geteuid() != 0:
            pytest.skip("needs root: a place of its own has mounts")
        missing = [tool for tool in _TOOLS if not shutil.which(tool)]
        if missing:
            pytest.skip(f"no {', '.join(missing)} here")
        place = Path(__file__).with_name("place.sh")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            program = (self.folder / self.name, *words)
            inside = ("/bin/sh", "-c", script, "sh", *program)
            return self._start(("/bin/sh", place, scratch, TOP, *inside), stdin)

    def _start(self, words: tuple[str | Path, ...], stdin: str | None) -> Done:
        done = subprocess.run(
            words,
            cwd=self.work,
            env={**os.environ, "PATH": f"{self.folder}:/usr/sbin:/usr/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


def find(name: str, kind: str, work: Path) -> Program:
    """The double, or the real program where it is on PATH; else the test is skipped."""
    if kind == "real":
        found = shutil.which(name)
        if not found:
            pytest.skip(f"no {name} on PATH, and no registry that CI reaches has it")
        return Program(name, Path(found).parent, work, is_double=False)
    folder = work / "bin"
    folder.mkdir()
    for program, module in MODULES.items():
        path = folder / program
        path.write_text(_LAUNCHER.format(top=str(TOP), module=module))
        path.chmod(0o755)
    return Program(name, folder, work, is_double=True)


#: Of osbuild, in the test's folder.
FOLDERS = ("--store", "store", "--output-directory", "out")


def run(osbuild: Program, document: object, *words: str) -> Done:
    """Run osbuild with a manifest on its standard input."""
    text = document if isinstance(document, str) else json.dumps(document)
    return osbuild.run_in_place(*FOLDERS, *words, "-", stdin=text)

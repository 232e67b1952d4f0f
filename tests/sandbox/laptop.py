"""A machine without a Koji: the koji command, a package repository, and a cache of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from koji_imagebuild.sandbox.contents import minidist_folder
from koji_imagebuild.sandbox.minidist import build
from tests.unit.model.json_schema import Schema

from .described import tiny
from .under_test import Leftovers, Ran, deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = "tiny-1.0-1.x86_64.image-build.json"
_PLUGINS = Path(__file__).parents[2] / "cli_plugin"


class _Handler(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        self.asked.append(self.path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
        pass


@dataclass(frozen=True)
class Laptop:
    """:param served: a folder behind ``url``; the repository is in it, with groups

    :param asked: paths that were asked for
    """

    home: Path
    served: Path
    url: str
    asked: list[str]

    def command(self, *words: str, tool: str) -> list[str]:
        koji = Path(sys.executable).with_name("koji")
        # A manifest says itself where the image's packages are.
        option = "--root-repo" if tool == "manifest" else "--repo"
        where = f"{option}={self.url}/minidist"
        return [str(koji), "image-build-local", tool, "--here", where, *words]

    def run(self, folder: Path, *words: str, status: int = 0, tool: str = "kiwi") -> Ran:
        """Build, in a folder, with the repository; it must end with the status."""
        done = subprocess.run(
            self.command(*words, tool=tool),
            env=self.environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def running(self, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A build in a process group of its own, as a terminal's; it ends with the block."""
        with subprocess.Popen(
            self.command(*words, tool="kiwi"),
            env=self.environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, 9)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}

    @property
    def runs(self) -> list[str]:
        """Folders of builds."""
        folder = self.home / "cache" / "koji-imagebuild" / "here" / "runs"
        return [path.name for path in folder.iterdir()]

    def leftovers(self) -> Leftovers:
        cache = f"{self.home}/cache/"
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        backing = [
            path.read_text().strip() for path in Path("/sys/block").glob("loop*/loop/backing_file")
        ]
        return Leftovers(
            mounts=tuple(line for line in mounts if cache in line),
            loop_devices=tuple(file for file in backing if cache in file),
            processes=tuple(_rooted_below(cache)),
        )

    def settle(self) -> None:
        """Nothing of any build is there; what was killed may still be on its way out."""
        end = deadline(30)
        while (left := self.leftovers()) != Leftovers():
            assert time.monotonic() < end, left
            time.sleep(0.1)


def _rooted_below(folder: str) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "root").readlink()).startswith(folder):
                yield (process / "cmdline").read_text()


@contextmanager
def laptop(top: Path) -> Iterator[Laptop]:
    """One with minidist's packages behind an address on 127.0.0.1."""
    home, served = top / "home", top / "served"
    (home / ".koji").mkdir(parents=True)
    (home / ".koji" / "config").write_text(f"[koji]\nplugin_paths = {_PLUGINS}\n")
    _make_repository(served / "minidist", top / "minidist.log")
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Laptop(home, served, f"http://127.0.0.1:{server.server_port}", asked)
        finally:
            server.shutdown()
            thread.join()


def _make_repository(folder: Path, log: Path) -> None:
    made = Path(os.environ.get(build.MADE) or minidist_folder())
    if build.MADE not in os.environ and not build.fresh(made):
        build.make(made, log)
    folder.mkdir(parents=True)
    (folder / "Packages").symlink_to(made / "Packages")
    groups = json.loads((made / "comps.json").read_text())
    (folder / "comps.xml").write_text(
        "<comps>"
        + "".join(
            f"<group><id>{escape(group)}</id><name>{escape(group)}</name><packagelist>"
            + "".join(f'<packagereq type="mandatory">{escape(p)}</packagereq>' for p in packages)
            + "</packagelist></group>"
            for group, packages in groups.items()
        )
        + "</comps>"
    )
    index(folder, "--groupfile", str(folder / "comps.xml"))


def index(folder: Path, *words: str) -> None:
    subprocess.run(("createrepo_c", "--quiet", *words, str(folder)), check=True)


def describe(folder: Path, **changes: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tiny.kiwi").write_text(tiny(**changes))
    return folder


def document(folder: Path, name: str = DOCUMENT) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    assert Schema.of_the_documents("arch_document").problems(found) == []
    return found

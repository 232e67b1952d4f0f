"""The arch task's ports: a build root that is a folder, and a builder around it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji

from koji_imagebuild.errors import Infrastructure, PreflightError, RequestError
from koji_imagebuild.model.container import Container, Fetched
from koji_imagebuild.model.ostree import OSTreeFetched, OSTreeSource
from koji_imagebuild.model.rpms import KnownRpm, Rpm, RpmList
from koji_imagebuild.model.source import Location
from koji_imagebuild.pipeline.ports import Checkout, Ran, Root
from koji_imagebuild.tools.layout import WORK, Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.target import BuildTag, Target
    from koji_imagebuild.tools.base import Command, Download

    from .hub import Hub

BASH: dict[str, object] = {
    "name": "bash",
    "epoch": None,
    "version": "5",
    "release": "1",
    "arch": "noarch",
    "sigmd5": "aa" * 16,
    "size": 10,
    "buildtime": 20,
}
DESCRIPTION: dict[str, object] = {
    "name": "demo",
    "version": "1.0",
    "outputs": ["demo-1.0.{arch}.qcow2"],
    "rpms": [BASH],
}


class FakeSources:
    """A source repository with one branch, ``main``."""

    def __init__(self, description: Mapping[str, object] = DESCRIPTION) -> None:
        self.commits = [description]
        self.fetched: list[str] = []

    def commit(self, **changes: object) -> None:
        self.commits.append({**self.commits[-1], **changes})

    def fetch(self, location: Location, into: Path) -> Checkout:
        folder = into / "checkout"
        folder.mkdir(parents=True)
        if not location.text:
            return Checkout(folder, location)
        self.fetched.append(location.text)
        base, _, revision = location.url.partition("#")
        numbers = {f"{number:040}": number for number in range(len(self.commits))}
        numbers["main"] = len(self.commits) - 1
        if revision not in numbers:
            raise koji.BuildError(f"fatal: bad revision {revision}")
        number = numbers[revision]
        (folder / "image.json").write_text(json.dumps(self.commits[number]))
        return Checkout(folder, Location(url=f"{base}#{number:040}"))

    def stock(self, downloads: Sequence[Download], root: Path) -> Iterator[tuple[Download, str]]:
        """Koji has what is called so."""
        for download in downloads:
            known = download.name.startswith("known")
            if known:
                target = root / download.path.relative_to("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(download.sha256)
            yield download, f"packages/{download.name}" if known else ""


class FakeRegistry:
    """A registry with one image, ``h.example/tools``, whose digest is how often it was pushed."""

    def __init__(self) -> None:
        self.pushes = 1
        self.arches = ("x86_64", "aarch64")
        self.pinned: list[str] = []
        self.fetched: list[str] = []
        self.problem: Exception | None = None

    def pin(self, container: Container, arches: tuple[str, ...]) -> Container:
        self.pinned.append(container.text)
        if container.name != "h.example/tools":
            raise RequestError(f"There is no container image {container.text}")
        missing = set(arches) - set(self.arches)
        if missing:
            raise RequestError(f"{container.text} is not there for {', '.join(sorted(missing))}")
        return container if container.digest else container.pinned(f"sha256:{self.pushes:064}")

    def fetch(self, container: Container, arch: str, into: Path) -> Fetched:
        assert container.digest
        if self.problem is not None:
            raise self.problem
        self.fetched.append(f"{arch} {container.digest[-1]}")
        into.write_text(f"{container.text} {arch}")
        return Fetched(container, f"sha256:{len(arch):064}")


class FakeRegistrations:
    """One builder's, which are called ``known``."""

    def read(self, name: str) -> bytes:
        if name != "known":
            raise PreflightError(f"There are no registrations called {name}")
        secret = {"organization": "1", "activation_key": "sesame"}
        return json.dumps({"redhat": {"subscription": secret}}).encode()


class FakeCommits:
    """OSTree repositories; every ref has a commit."""

    def mirror(self, source: OSTreeSource, into: Path) -> OSTreeFetched:
        into.mkdir()
        (into / "config").write_text(source.ref)
        return OSTreeFetched(source, "c" * 64)


@dataclass(frozen=True)
class Happening:
    """How a command ends: a status, a signal that ends mock, or an exception; after how long."""

    status: int = 0
    signal: int = 0
    log: str = "well\n"
    raises: BaseException | None = None
    seconds: float = 1.0


@dataclass(frozen=True)
class Script:
    """What happens in one build root.

    :param fill: raised while the comps group is installed
    :param steps: by step; what is not named goes well
    :param made: names of files the tool makes instead of those it is asked for
    :param silent: the tool does not say what it made
    """

    opened: BaseException | None = None
    fill: BaseException | None = None
    steps: Mapping[str, Happening] = field(default_factory=dict)
    loop: str = "ok"
    tool: str = "tool=fake 1.0"
    free_space: int = 50 << 30
    made: tuple[str, ...] | None = None
    silent: bool = False


class FakeRoot:
    def __init__(self, path: Path, number: int, script: Script) -> None:
        self.path = path
        self.id = number
        self.logs = ("root.log",)
        self.free_space = script.free_space
        self.ran: list[Command] = []
        self.calls: list[tuple[str, ...]] = []
        self.limits: list[int] = []
        self.released = 0
        self.discarded = False
        self._script = script
        path.mkdir(parents=True)

    def fill(self) -> None:
        if self._script.fill is not None:
            raise self._script.fill

    def run(self, commands: Sequence[Command], seconds: int) -> tuple[Ran, ...]:
        self.calls.append(tuple(command.step for command in commands))
        self.limits.append(seconds)
        ended: list[Ran] = []
        for command in commands:
            ended.append(self._run(command))
            if ended[-1].status or ended[-1].signal:
                break
        return tuple(ended)

    def _run(self, command: Command) -> Ran:
        self.ran.append(command)
        happens = self._script.steps.get(command.step, Happening())
        if happens.raises is not None:
            raise happens.raises
        log = self.path / command.log
        log.write_text(happens.log)
        if command.log == "05-probe.log" and command.step not in self._script.steps:
            log.write_text(
                f"image-build-probe {self._script.tool}\n"
                f"image-build-probe loop={self._script.loop}\n"
            )
        if command.step == "create image" and not happens.status:
            self._create(command.argv[-1])
        return Ran(happens.status, happens.signal, log, happens.seconds)

    def _create(self, arch: str) -> None:
        work = Layout(self.path).on_builder(WORK)
        asked = json.loads((work / "image.json").read_text())["outputs"]
        names = self._script.made
        if names is None:
            names = tuple(name.format(arch=arch) for name in asked)
        (work / "out").mkdir()
        for name in names:
            (work / "out" / name).write_text(f"bits of {name}\n")
        if not self._script.silent:
            (work / "result.json").write_text(json.dumps(names))

    def release(self) -> None:
        self.released += 1

    def discard(self) -> None:
        assert self.released
        self.discarded = True


class FakeRoots:
    """Build roots, each with the next script; the last one serves all that follow."""

    def __init__(self, top: Path, scripts: Sequence[Script] = ()) -> None:
        self._top = top
        self._scripts = list(scripts) or [Script()]
        self.opened: list[FakeRoot] = []

    def open(self, job: ArchJob[Any], tag: BuildTag) -> FakeRoot:
        number = len(self.opened)
        script = self._scripts[min(number, len(self._scripts) - 1)]
        if script.opened is not None:
            raise script.opened
        root = FakeRoot(self._top / f"root-{number}", 500 + number, script)
        self.opened.append(root)
        return root


class FakeArchHub:
    def __init__(self, hub: Hub, tag: BuildTag) -> None:
        self._hub = hub
        self._tag = tag

    def build_tag(self, target: Target) -> BuildTag:
        return self._tag

    def knows_file_type(self, file_name: str) -> bool:
        return self._hub.knows_file_type(file_name)

    def resolve(self, rpms: Sequence[Rpm]) -> RpmList:
        built = [rpm for rpm in rpms if self._hub.rpms.get(rpm.nvra) == rpm.sigmd5]
        outside = [rpm for rpm in rpms if rpm not in built and rpm.nvra in self._hub.external]
        return RpmList(
            known=(
                *(KnownRpm(rpm) for rpm in built),
                *(KnownRpm(rpm, self._hub.external[rpm.nvra]) for rpm in outside),
            ),
            unknown=tuple(rpm for rpm in rpms if rpm not in built and rpm not in outside),
        )


@dataclass
class FakeFleet:
    host: str = "builder"
    moves: int = 0
    others: bool = False

    def elsewhere(self) -> bool:
        return self.others


class FakeEvidence:
    def __init__(self, folder: Path, problem: BaseException | None = None) -> None:
        self._folder = folder
        self._problem = problem

    def collect(self, root: Root) -> tuple[Path, ...]:
        if self._problem is not None:
            raise self._problem
        kept = self._folder / "df.log"
        kept.write_text(f"{root.path} is full of nothing\n")
        return (kept,)


def out_of_order() -> Infrastructure:
    return Infrastructure("The builder failed: OSError: [Errno 5] Input/output error")

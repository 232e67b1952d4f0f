"""A tool with everything the protocol asks for, and nothing to install.

Its description is ``image.json`` in the checkout; the fake build root plays its program.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import DescriptionError, OutputRefused
from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.ostree import OSTreeSource
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.model.wire import Reader, sparse
from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.base import Collected, Command, Download, Identity, Needs
from koji_imagebuild.tools.diagnosis import Cause, Diagnosis
from koji_imagebuild.tools.manifest import withheld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from koji_imagebuild.model.container import Container
    from koji_imagebuild.model.job import RepoAddress
    from koji_imagebuild.tools.layout import Layout

METHOD = "createFakeImage"
PARAMETERS = ("name", "version", "release", "arch", "target_info", "repo_info", "url", "opts")

STEPS = ("install packages", "create image")

_CAUSES = {
    "No space left on device": Cause.NO_SPACE,
    "Curl error": Cause.DOWNLOAD,
    "nothing provides": Cause.PACKAGES,
    "no free loop": Cause.NO_LOOP_DEVICE,
}


@dataclass(frozen=True)
class FakePlan:
    needs: Needs
    records: tuple[Output, ...]
    notes: tuple[str, ...] = ("one type, one prepare",)
    details: Mapping[str, object] = field(default_factory=lambda: {"flavour": "plain"})
    downloads: tuple[Download, ...] = ()


@dataclass(frozen=True)
class FakeTool:
    """:param flavour: its only option"""

    location: Location
    flavour: str | None = None

    name = "fake"
    install_group = "fake-build"
    version_argv = ("fake", "--version")
    needs = Needs()

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> FakeTool:
        location = Location(url=source.required("url"))
        source.finish()
        return cls(location, opts.text("flavour"))

    def pinned(self, location: Location) -> FakeTool:
        return replace(self, location=location)

    containers = ()

    @property
    def registrations(self) -> str:
        return (self.flavour or "").partition("registrations:")[2]

    def with_containers(self, containers: tuple[Container, ...]) -> FakeTool:
        return self

    def commit(self, arch: str) -> OSTreeSource | None:
        if self.flavour is None or not self.flavour.startswith("ostree:"):
            return None
        return OSTreeSource("http://h/repo", self.flavour.partition(":")[2])

    def source_to_wire(self) -> dict[str, object]:
        return self.location.to_wire()

    source_on_record = source_to_wire

    def options_to_wire(self) -> dict[str, object]:
        return sparse(flavour=self.flavour)

    def check_options(self, options: BuildOptions) -> None:
        """Everything goes."""

    def identify(self, checkout: Path, arch: str) -> Identity:
        described = _described(checkout)
        names = tuple(name.format(arch=arch) for name in described["outputs"])
        return Identity(described["name"], described["version"].format(arch=arch), names)

    def check_arches(self, arches: tuple[str, ...]) -> None:
        """Left to the proof before the import, which is to find it too."""

    def prepare(self, job: ArchJob[Any], layout: Layout, checkout: Path, version: str) -> FakePlan:
        described = _described(checkout)
        if self.registrations:
            lent = layout.on_builder(registrations.place(layout.work))
            assert lent.stat().st_mode & 0o777 == 0o600
            withheld.store(withheld.lent(self.registrations, layout), layout)
        (layout.on_builder(layout.work) / "image.json").write_text(json.dumps(described))
        record = layout.on_builder(layout.work) / "effective.json"
        record.write_text(f'{{"tool": "{version}"}}')
        name = f"{job.nvr}.{job.arch}.fake.json"
        records = (Output(record, name, Kind.SIDECAR, ""),)
        downloads = tuple(
            Download(f"http://h/{name}", "00" * 32, layout.work / "store" / name)
            for name in described.get("downloads", ())
        )
        needs = Needs(loop_devices=described.get("disk", False))
        return FakePlan(needs, records, downloads=downloads)

    def preliminary(
        self, job: ArchJob[Any], layout: Layout, checkout: Path, version: str
    ) -> tuple[Command, ...]:
        """Like kiwi's ``make prep``: only when it is asked for."""
        if not _described(checkout).get("prepared_first"):
            return ()
        return (Command("make prep", ("make", str(layout.inside(checkout))), "10-make-prep.log"),)

    def commands(self, job: ArchJob[Any], layout: Layout, plan: FakePlan) -> tuple[Command, ...]:
        return tuple(
            Command(step, ("fake", step, job.arch), f"{number}0-{step.split()[0]}.log")
            for number, step in enumerate(STEPS, start=2)
        )

    def collect(self, job: ArchJob[Any], layout: Layout, plan: FakePlan) -> Collected:
        work = layout.on_builder(layout.work)
        try:
            made = json.loads((work / "result.json").read_text())
        except FileNotFoundError:
            raise OutputRefused("fake says nothing about what it made") from None
        outputs = tuple(Output(work / "out" / name, name, Kind.IMAGE, "disk") for name in made)
        rpms = tuple(Rpm(**rpm) for rpm in _described(work)["rpms"])
        return Collected(outputs, rpms)

    def diagnose(self, log: str) -> Diagnosis:
        for words, cause in _CAUSES.items():
            lines = tuple(line for line in log.splitlines() if words in line)
            if lines:
                return Diagnosis(cause, "", lines)
        return Diagnosis(Cause.UNKNOWN, "", tuple(log.splitlines()[-1:]))


def _described(folder: Path) -> dict[str, Any]:
    try:
        described: dict[str, Any] = json.loads((folder / "image.json").read_text())
    except ValueError as problem:
        raise DescriptionError(f"image.json: {problem}") from None
    return described


def arguments(job: ArchJob[FakeTool]) -> list[object]:
    return [
        job.nvr.name,
        job.nvr.version,
        job.nvr.release,
        job.arch,
        job.target.to_wire(),
        job.repo.to_wire(),
        job.tool.location.text,
        {**job.options.to_wire(), **job.tool.options_to_wire()},
    ]


def source(given: Mapping[str, object]) -> str:
    return str(given["url"])


def read(values: Sequence[object], address: RepoAddress) -> ArchJob[FakeTool]:
    given = Reader(dict(zip(PARAMETERS, values)), METHOD)
    target = Target.from_wire(values[4])
    repo = RepoInfo.from_wire(values[5], target.build_tag_name)
    opts = given.struct("opts")
    options = BuildOptions.read(opts)
    tool = FakeTool(Location.from_text(given.required("url")), opts.text("flavour"))
    opts.finish()
    nvr = NVR(given.required("name"), given.required("version"), given.required("release"))
    arch = given.required("arch")
    return ArchJob(nvr, arch, target, repo, tool, options, address(repo, arch))

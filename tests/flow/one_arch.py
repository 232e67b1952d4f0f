"""One arch task on one builder, without a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import Told
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo
from koji_imagebuild.pipeline import retry

from . import fake_tool
from .builder_side import FakeRoots, Script
from .fake_tool import FakeTool
from .parent_side import TARGET
from .world import URL, World, address

if TYPE_CHECKING:
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.result import ArchResult


class Arch:
    """One arch task on one builder."""

    def __init__(self, world: World, *scripts: Script, **options: object) -> None:
        self.world = world
        label = f"x86_64-{len(world.hub.tasks)}"
        self.roots = FakeRoots(world.top / label, scripts)
        self.options = BuildOptions(**options)  # type: ignore[arg-type]
        self.task = world.hub.make_task("createFakeImage", [], parent=world.parent, label=label)
        self.evidence: BaseException | None = None

    @property
    def job(self) -> ArchJob[FakeTool]:
        repo = RepoInfo(7, 1284, "demo-build")
        nvr, tool = NVR("demo", "1.0", "1"), FakeTool(Location(url=URL))
        asked = [nvr.name, nvr.version, nvr.release, "x86_64", TARGET.to_wire(), repo.to_wire()]
        return fake_tool.read([*asked, tool.location.text, self.options.to_wire()], address)

    def run(self, retries: int = 0) -> ArchResult:
        site = self.world.site(self.task, self.roots, evidence=self.evidence)
        return retry.build(self.job, site, retries)

    def fails(self, retries: int = 0) -> Told:
        with pytest.raises(Told) as caught:
            self.run(retries)
        return caught.value

    @property
    def uploaded(self) -> set[str]:
        return self.world.uploaded(self.task)

    @property
    def released(self) -> list[int]:
        return [root.released for root in self.roots.opened]

"""What a task built, as a job of this machine; the hub is only read."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.errors import DescriptionError, PreflightError, RequestError
from koji_imagebuild.here import rebuild, rebuild_arguments
from koji_imagebuild.here.progress import Nowhere
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import UPLOAD_FOLDER, Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.tools.kiwi import arch_task
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

if TYPE_CHECKING:
    from pathlib import Path

ARCH = koji.canonArch(platform.machine())
NVR_ = NVR("tiny", "1.0", "3")
URL = "git+https://example.org/descriptions#" + "c0ffee00" * 5
JOB = ArchJob(
    NVR_,
    ARCH,
    Target("f44", 1, "f44-build", 2, "f44-candidate"),
    RepoInfo(7, 1284, "f44-build"),
    Kiwi(KiwiSource(Location(url=URL), "tiny.kiwi"), KiwiOptions(profile="Disk")),
    BuildOptions(),
    Repo(""),
)


@dataclass
class Hub:
    """A session that knows one parent, 41, with one child, 42."""

    top: Path
    arch: str = ARCH
    job: ArchJob[Kiwi] = JOB
    builds: dict[str, dict[str, Any]] = field(default_factory=dict)

    def getTaskInfo(self, task_id: int, request: bool) -> dict[str, Any] | None:  # noqa: N802, FBT001
        if task_id != 41:
            return None
        source = {"url": URL, "path": "tiny.kiwi"}
        asked = ["f44", [], "kiwi", source, {"profile": "Disk"}]
        return {"method": "imageBuildLocal", "request": asked, "state": 5, "parent": None}

    def getTaskChildren(self, task_id: int, request: bool) -> list[dict[str, Any]]:  # noqa: N802, FBT001
        request_ = arch_task.arguments(replace(self.job, arch=self.arch))
        child = {"id": 42, "label": self.arch, "method": arch_task.METHOD, "state": 3}
        return [{**child, "request": request_}]

    def listTaskOutput(self, task_id: int) -> list[str]:  # noqa: N802
        return []

    def listBuilds(self, taskID: int) -> list[dict[str, Any]]:  # noqa: N802, N803
        return []

    def getBuild(self, nvr: str) -> dict[str, Any] | None:  # noqa: N802
        return self.builds.get(nvr)

    @property
    def koji(self) -> rebuild.Koji:
        return rebuild.Koji(self, str(self.top))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def parse(*words: str) -> rebuild_arguments.HereRebuild:
    return rebuild_arguments.parse([*words, "--here"])


def test_the_job_of_the_arch_task(hub: Hub) -> None:
    job = rebuild.origin(parse("41"), hub.koji).job

    assert (job.nvr, job.target, job.repo) == (NVR_, JOB.target, JOB.repo)
    assert job.tool == JOB.tool
    assert job.buildroot_repo.url == f"{hub.top}/repos/f44-build/7/{ARCH}"
    assert job.options.scratch
    assert job.host_devices


def test_a_build_by_its_name(hub: Hub) -> None:
    parts = {"name": "tiny", "version": "1.0", "release": "3", "task_id": 41}
    hub.builds["tiny-1.0-3"] = {**parts, "state": koji.BUILD_STATES["FAILED"]}

    assert rebuild.origin(parse("tiny-1.0-3"), hub.koji).old.task_id == 42
    with pytest.raises(RequestError, match=r"There is no build tiny-1\.0-4"):
        rebuild.origin(parse("tiny-1.0-4"), hub.koji)


def test_another_repository(hub: Hub) -> None:
    options = parse("41", "--repo=https://a/$basearch/", "--root-repo=https://b/", "--output=out")

    assert rebuild.origin(options, hub.koji).job.buildroot_repo == Repo(f"https://a/{ARCH}")
    assert options.root_repos == ("https://b",)
    assert str(options.output) == "out"


def test_nothing_of_this_arch(hub: Hub) -> None:
    hub.arch = "s390x"

    with pytest.raises(RequestError, match=f"nothing to read for {ARCH}; it has s390x"):
        rebuild.origin(parse("41"), hub.koji)
    with pytest.raises(RequestError, match="There is no task 43"):
        rebuild.origin(parse("43"), hub.koji)


def test_a_kept_manifest_is_built_by_its_own_tool(hub: Hub) -> None:
    name = f"{NVR_}.{ARCH}.osbuild-manifest.json"
    file = {"name": name, "size": 2, "sha256": "0" * 64, "kind": "sidecar", "type": ""}
    folder = hub.top / "work" / koji.pathinfo.taskrelpath(42)
    folder.mkdir(parents=True)
    document = {"files": [file], "rpms": []}
    (folder / f"{NVR_}.{ARCH}.image-build.json").write_text(json.dumps(document))

    job = rebuild.origin(parse("41"), hub.koji).job

    assert job.tool.name == "manifest"
    (kept,) = job.tool.location.archives
    assert (kept.file, kept.sha256) == (name, "0" * 64)


def test_a_repository_that_is_gone(hub: Hub, tmp_path: Path) -> None:
    options = parse("41")
    found = rebuild.origin(options, hub.koji)

    with pytest.raises(PreflightError, match="Repository 7 of f44-build") as caught:
        rebuild.rebuild_here(found, hub.koji, options, rebuild.Place(tmp_path, tmp_path, Nowhere()))
    assert "--repo URL" in caught.value.repair


@pytest.mark.parametrize("words", [("41", "--arch=s390x"), ("41", "--repo=/srv"), ("41", "--all")])
def test_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(RequestError):
        parse(*words)


def test_an_upload_is_taken_from_the_hub(hub: Hub, tmp_path: Path) -> None:
    work = tmp_path / "own"
    work.mkdir()
    sources = rebuild._KojisSources(work, Nowhere(), hub.koji)
    place = f"{UPLOAD_FOLDER}/1.abc/description.tar.gz"

    gone = Location(upload=place, sha256="0" * 64)
    with pytest.raises(DescriptionError, match="is gone"):
        sources.fetch(gone, tmp_path / "a")

    uploaded = tmp_path / "work" / place
    uploaded.parent.mkdir(parents=True)
    uploaded.write_bytes(b"no archive")
    with pytest.raises(DescriptionError, match="it differs"):
        sources.fetch(gone, tmp_path / "b")

    digest = hashlib.sha256(b"no archive").hexdigest()
    with pytest.raises(DescriptionError, match=r"is not a tar\.gz archive"):
        sources.fetch(Location(upload=place, sha256=digest), tmp_path / "c")

"""A job for tests, and the folder of a build root it is prepared in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi
from koji_imagebuild.tools.layout import Layout

from .described import image, write

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.kiwi.plan import KiwiPlan

KIWI = "KIWI (next generation) version 11.1.6"


def tool(path: str = "a.kiwi", **options: Any) -> Kiwi:
    location = Location(url="git+https://git.example.com/d#0123456")
    return Kiwi(KiwiSource(location, path), KiwiOptions(**options))


def job(kiwi: Kiwi, arch: str = "x86_64") -> ArchJob[Any]:
    return ArchJob(
        nvr=NVR("small", "1.0", "7"),
        arch=arch,
        target=Target("t", 1, "t-build", 2, "t-candidate"),
        repo=RepoInfo(41, 1284, "t-build"),
        tool=kiwi,
        options=BuildOptions(),
        buildroot_repo=Repo("https://koji.example.com/repo"),
    )


def checkout(root: Path, text: str = "", **files: str) -> Path:
    """A source inside a build root, where the pipeline puts it."""
    folder = root / "builddir/image-build/source/descriptions"
    write(folder, a_kiwi=text or image(), **files)
    return folder


def prepared(root: Path, kiwi: Kiwi, folder: Path) -> KiwiPlan:
    return kiwi.prepare(job(kiwi), Layout(root), folder, KIWI)

"""Values of the flows that several tests start from."""

from __future__ import annotations

from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.result import ArchResult
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import BuildTag, RepoInfo, Target
from koji_imagebuild.pipeline.resolve import Settled
from koji_imagebuild.pipeline.wait import Outcome
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

COMMIT = "4a78eb5d0000000000000000000000000000beef"
URL = f"git+http://127.0.0.1:8080/scm/descriptions#{COMMIT}"
UPLOAD = "cli-image-build-local/1763636400.2.abcd/folder.tar.gz"
DIGEST = "0123456789abcdef" * 4

NVR_ = NVR("minidist-Disk", "1.0.0", "3")
TARGET = Target("minidist", 2, "minidist-build", 3, "minidist-candidate")
TAG = BuildTag(2, "minidist-build", ("x86_64", "aarch64"), host_devices=True)
REPO = RepoInfo(7, 1284, "minidist-build")
KIWI = Kiwi(
    KiwiSource(Location(url=URL), "minidist/minidist.kiwi"),
    KiwiOptions(profile="Disk", types=("oem",)),
)
SETTLED = Settled(
    target=TARGET,
    tag=TAG,
    arches=("x86_64", "aarch64"),
    repo=REPO,
    asked=KIWI,
    tool=KIWI,
    options=BuildOptions(),
    name="minidist-Disk",
    version="1.0.0",
    file_names=(),
)


def address(repo: RepoInfo, arch: str) -> Repo:
    return Repo(f"http://127.0.0.1/repos/{repo.tag_name}/{repo.id}/{arch}")


def result(arch: str, task_id: int, **changes: object) -> ArchResult:
    values: dict[str, object] = {
        "files": (f"minidist-Disk-1.0.0-3.{arch}.qcow2",),
        "logs": ("20-prepare.log",),
        "rpmlist": ({"name": "bash"},) * 142,
        "plugin": "koji-imagebuild 0.1.0",
        "host": "builder",
        "images": 2,
        "steps": (("root", 7.2), ("prepare", 3.4), ("create disk image", 4.6), ("upload", 3.8)),
        **changes,
    }
    return ArchResult(arch, task_id, NVR_, **values)  # type: ignore[arg-type]


GOOD = Outcome("x86_64", 42, result("x86_64", 42), "", optional=False)
BAD = Outcome(
    "aarch64",
    43,
    None,
    "Failed in 'install packages'\n\n  nothing provides libfoo.so.1\n\nlog: 20-prepare.log",
    optional=False,
)

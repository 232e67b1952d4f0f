"""Values that several tests start from."""

from __future__ import annotations

from pathlib import Path

from koji_imagebuild.model.artifact import Artifact, Kind
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.model.target import RepoInfo, Target

COMMIT = "4a78eb5d0000000000000000000000000000beef"
URL = f"git+https://127.0.0.1/scm/descriptions#{COMMIT}"
UPLOAD = "cli-image-build-local/1763636400.2.abcd/folder.tar.gz"
DIGEST = "0123456789abcdef" * 4

NVR_ = NVR("minidist-Disk", "1.0.0", "3")
TARGET = Target("minidist", 2, "minidist-build", 3, "minidist-candidate")
REPO = RepoInfo(7, 1284, "minidist-build")

BASH = Rpm("bash", None, "5.2", "1", "x86_64", "ab" * 16, 1000, 1_700_000_000, "GPL-3.0-or-later")
STDCXX = Rpm("libstdc++", 1, "13~rc1", "2", "x86_64", "cd" * 16, 2000, 1_700_000_001, "GPL")

IMAGE = Artifact(
    Path("/builder/minidist-Disk-1.0.0-3.x86_64.qcow2"),
    "minidist-Disk-1.0.0-3.x86_64.qcow2",
    Kind.IMAGE,
    "oem",
    33_000_000,
    DIGEST,
)

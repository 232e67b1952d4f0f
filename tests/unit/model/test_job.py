"""The repositories of an arch's image."""

from __future__ import annotations

import pytest

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions

from .samples import NVR_, REPO, TARGET

OWN = Repo("http://127.0.0.1/repos/minidist-build/7/x86_64")
ASKED = (Repo("http://h/$releasever/$basearch", priority=2), Repo("http://i/$arch"))
EXPANDED = (Repo("http://h/44/x86_64", priority=2), Repo("http://i/x86_64"))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (BuildOptions(), (OWN,)),
        (BuildOptions(repos=ASKED), EXPANDED),
        (BuildOptions(repos=ASKED, use_buildroot_repo=True), (*EXPANDED, OWN)),
        (BuildOptions(repos=ASKED, use_buildroot_repo=False), EXPANDED),
    ],
)
def test_in_the_order_given_and_the_build_roots_last(
    options: BuildOptions, expected: tuple[Repo, ...]
) -> None:
    job: ArchJob[None] = ArchJob(NVR_, "x86_64", TARGET, REPO, None, options, OWN)

    assert job.repos("44") == expected

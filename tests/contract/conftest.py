"""Every test of this level runs on the double and, where it is on PATH, on the real program."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from .programs import Program, find

if TYPE_CHECKING:
    from pathlib import Path

_SPEC = """\
Name: {name}
Version: 1
Release: 1
Summary: {name}
License: MIT
BuildArch: noarch
{head}
%description
{name}
%install
mkdir -p %{{buildroot}}/etc %{{buildroot}}/usr/share/{name}
{install}
%files
/*
"""
_ACCOUNTS = """\
echo root:x:0:0:root:/root:/bin/sh > %{buildroot}/etc/passwd
echo 'root:!:19000:0:99999:7:::' > %{buildroot}/etc/shadow
echo root:x:0: > %{buildroot}/etc/group
"""
_RPMS = {
    "minidist-filesystem": ("", _ACCOUNTS),
    "minidist-release": ("Requires: minidist-filesystem", ""),
    "busybox": ("Provides: /bin/sh", ""),
    "hello": ("Epoch: 1\nRequires: minidist-filesystem", ""),
    "broken": ("Requires: libnowhere.so.1", ""),
}


@pytest.fixture(params=["double", "real"])
def osbuild(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    return find("osbuild", request.param, tmp_path)


@pytest.fixture(params=["double", "real"])
def image_builder(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    return find("image-builder", request.param, tmp_path)


@pytest.fixture
def double(tmp_path: Path) -> Program:
    """The double of image-builder, whichever osbuild is under test."""
    folder = tmp_path / "image-builder"
    folder.mkdir()
    return find("image-builder", "double", folder)


@pytest.fixture(scope="session")
def rpms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a small RPM for each name that the doubles' image types want."""
    missing = [tool for tool in ("createrepo_c", "rpmbuild") if not shutil.which(tool)]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here")
    folder = tmp_path_factory.mktemp("rpms")
    for name, (head, install) in _RPMS.items():
        spec = folder / f"{name}.spec"
        spec.write_text(_SPEC.format(name=name, head=head, install=install))
        words = ("--quiet", "-bb", f"--define=_topdir {folder}/{name}")
        subprocess.run(
            ("rpmbuild", *words, f"--define=_rpmdir {folder}/repo", spec),
            check=True,
            capture_output=True,
        )
    subprocess.run(("createrepo_c", "--quiet", folder / "repo"), check=True)
    return folder / "repo"

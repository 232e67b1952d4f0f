"""A tiny package repository, and what needs root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and mounts need root")

_PROGRAMS = ("sh", "uname", "cat", "sleep", "touch", "test")
_COMPS = """\
<?xml version="1.0"?>
<comps><group><id>tiny</id><name>tiny</name><packagelist>
<packagereq type="mandatory">tiny-base</packagereq>
</packagelist></group></comps>
"""
_SPEC = """\
Name: tiny-base
Version: 1
Release: 1
Summary: A few programs of this machine
License: none
AutoReqProv: no
%define __os_install_post %{{nil}}
%description
%install
cp -a {tree}/. %{{buildroot}}/
%files
/*
"""


@pytest.fixture(scope="session")
def tiny_repo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a repository whose group ``tiny`` is a shell and what it needs to run."""
    for program in ("rpmbuild", "createrepo_c", "dnf"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("tiny")
    tree, repo = folder / "tree", folder / "repo"
    for program in _PROGRAMS:
        _copy_program(Path(str(shutil.which(program))).resolve(), program, tree)
    (folder / "tiny.spec").write_text(_SPEC.format(tree=tree))
    (folder / "comps.xml").write_text(_COMPS)
    _run("rpmbuild", "-bb", "--quiet", f"--define=_topdir {folder}/rpm",
         f"--define=_rpmdir {repo}", str(folder / "tiny.spec"))  # fmt: skip
    _run("createrepo_c", "--quiet", "--groupfile", str(folder / "comps.xml"), str(repo))
    return repo.as_uri()


def _copy_program(program: Path, name: str, tree: Path) -> None:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    _copy(program, tree / "bin" / name)
    for library in re.findall(r"(/\S+) \(0x", listed):
        _copy(Path(library), tree / library.lstrip("/"))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)

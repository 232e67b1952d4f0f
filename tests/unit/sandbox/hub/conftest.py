"""Hubs for the tests of this folder."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import certificates

from .clients import client, new_state, opened, populate, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .clients import Sandbox


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    certificates.ensure(folder)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, certs: Path) -> Iterator[Sandbox]:
    """One hub for the tests of a module, with the sandbox's users, tags and target."""
    state = new_state(tmp_path_factory.mktemp("hub"), certs)
    with running(state):
        admin = client(state, "admin")
        populate(admin)
        admin.logout()
        with opened(state) as sandbox:
            yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The shared hub; tests that need a name of their own make one."""
    return shared


_SPEC = """\
Name: {name}
Version: 1
Release: 1
Summary: {summary}
License: none
{buildarch}
%description
Nothing.
%files
"""


@pytest.fixture(scope="session")
def make_rpm(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes an empty RPM NAME-1-1.ARCH."""
    if not shutil.which("rpmbuild"):
        pytest.skip("rpmbuild is not installed")
    folder = tmp_path_factory.mktemp("rpms")

    def make(name: str, arch: str, summary: str = "Nothing") -> Path:
        rpms = folder / summary.replace(" ", "")
        path = rpms / arch / f"{name}-1-1.{arch}.rpm"
        if not path.exists():
            buildarch = "BuildArch: noarch" if arch == "noarch" else ""
            spec = folder / f"{name}.spec"
            spec.write_text(_SPEC.format(name=name, buildarch=buildarch, summary=summary))
            command = ["rpmbuild", "-bb", "--quiet", f"--target={arch}"]
            defines = [f"--define=_topdir {folder}/top", f"--define=_rpmdir {rpms}",
                       "--define=debug_package %{nil}"]  # fmt: skip
            subprocess.run([*command, *defines, str(spec)], check=True, capture_output=True)
        return path

    return make

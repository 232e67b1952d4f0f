"""Every test of this level runs on the double and, where it is on PATH, on the real program."""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from .programs import Program, find

if TYPE_CHECKING:
    from collections.abc import Iterator
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
#: What image-builder itself wants beside what definitions name.
_OF_THE_REAL_ONE = (
    *("coreutils", "insights-client", "policycoreutils", "rpm", "rpm-ostree"),
    *("selinux-policy-targeted", "subscription-manager", "tar", "xz"),
)
_CUSTOMIZED = ("directories", "files", "fips", "repositories")
_RPMS = {
    "minidist-filesystem": ("", _ACCOUNTS),
    "minidist-release": ("Requires: minidist-filesystem", ""),
    "busybox": (f"Provides: /bin/sh, {', '.join(_OF_THE_REAL_ONE)}", ""),
    "kernel": ("", ""),
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


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a distribution that these RPMs make: YAML for the real one, JSON for the double."""
    folder = tmp_path_factory.mktemp("definitions")
    common = {
        "mime_type": "application/x-tar",
        "platforms": [{"arch": "aarch64"}, {"arch": "x86_64"}],
        "package_sets": {"os": [{"include": ["minidist-release", "hello"]}]},
        "blueprint": {"supported_options": [f"customizations.{key}" for key in _CUSTOMIZED]},
    }
    tree = {"filename": "tree.tar.xz", "image_func": "tar", "exports": ["archive"]}
    commit = {"filename": "commit.tar", "image_func": "ostree_commit", "ostree": {"ref": "a/b"}}
    types = {
        "tree": {**common, **tree},
        "commit": {**common, **commit, "exports": ["commit-archive"]},
    }
    distro = {
        "name": "fedora-43",
        "distro_like": "fedora",
        "product": "Minidist",
        "os_version": "43",
        "release_version": "43",
        "module_platform_id": "platform:f43",
        "default_fs_type": "ext4",
        "defs_path": "minidist",
        "runner": {
            "name": "org.osbuild.fedora43",
            "build_packages": ["minidist-filesystem", "busybox"],
        },
    }
    (folder / "minidist").mkdir()
    (folder / "minidist.yaml").write_text(json.dumps({"distros": [distro]}))
    (folder / "minidist/imagetypes.yaml").write_text(json.dumps({"image_types": types}))
    return folder


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An address and the folder that is there."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()

"""The sandbox's BuildRoot keeps kojid's promises to plugins."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

import koji
import pytest

from koji_imagebuild.sandbox.builder import mocks
from koji_imagebuild.sandbox.builder.buildroot import BuildRoot
from koji_imagebuild.sandbox.builder.options import Options
from koji_imagebuild.sandbox.root import layers
from koji_imagebuild.sandbox.state import Endpoints, State

from .builder_hub import Hub
from .conftest import needs_root

UPLOADED = "tasks/42/42"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    state = State(tmp_path / "state")
    state.write_endpoints(Endpoints("sandbox", 1, 2))
    options = Options.of(state)
    options.topdir = str(tmp_path / "koji")
    options.topurl = (tmp_path / "koji").as_uri()
    Path(options.mockdir).mkdir(parents=True)
    return options


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mocks, "installed", lambda: None)
    # Tests share the machine's mount namespace; the builder has its own.
    monkeypatch.setattr(layers, "layer", layers.copy)


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def build_root(hub: Hub, options: Options, **more: Any) -> BuildRoot:
    given = {"tag": 2, "arch": "x86_64", "task_id": 42, "repo_id": 5, "install_group": "tiny"}
    return BuildRoot(hub, options, **{**given, **more})


@pytest.fixture
def serve(options: Options, tiny_repo: str) -> Path:
    """Put the tiny repository where Koji keeps repository 5 for x86_64."""
    folder = Path(options.topdir) / "repos" / "minidist-build" / "5" / "x86_64"
    folder.mkdir(parents=True)
    for path in Path(url2pathname(tiny_repo[len("file://") :])).iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "rpmlist.jsonl").touch()
    return folder


@pytest.mark.parametrize(
    ("hub", "more", "message"),
    [
        (Hub(), {"repo_id": None}, "A repo id must be provided"),
        (Hub(repo_state=koji.REPO_STATES["INIT"]), {}, r"Requested repo \(5\) is INIT"),
        (Hub(), {"tag": "other"}, "tag/repo mismatch: other vs minidist-build"),
    ],
)
def test_what_does_not_fit_is_refused(
    hub: Hub, more: dict[str, Any], message: str, options: Options
) -> None:
    with pytest.raises(koji.BuildrootError, match=message):
        build_root(hub, options, **more)


def test_names_and_paths_are_kojids(options: Options) -> None:
    broot = build_root(Hub(), options)
    assert broot.name == "minidist-build-7-5"
    assert broot.rootdir() == f"{options.mockdir}/minidist-build-7-5/root"
    assert broot.resultdir() == f"{options.mockdir}/minidist-build-7-5/result"
    assert broot.tmpdir(within=True) == "/chroot_tmpdir"
    assert broot.tmpdir() == f"{broot.rootdir()}/chroot_tmpdir"
    assert broot.path_without_to_within(f"{broot.rootdir()}/a/b") == "/a/b"
    with pytest.raises(ValueError, match="not in the subpath"):
        broot.path_without_to_within("/etc")


def test_mocks_configuration_is_uploaded(options: Options) -> None:
    hub = Hub(extra={"rpm.macro.dist": ".m1", "rpm.env.LANG": "C", "mock.releasever": "1"})
    build_root(hub, options, bind_opts={"dirs": {"/dev": "/dev"}})
    written = hub.uploads[f"{UPLOADED}/mock_config.log"].decode()
    assert "config_opts['chroot_setup_cmd'] = 'install @tiny'" in written
    assert "config_opts['macros']['%dist'] = '.m1'" in written
    assert "config_opts['environment']['LANG'] = 'C'" in written
    assert "config_opts['releasever'] = '1'" in written
    assert "config_opts['internal_dev_setup'] = False" in written
    assert "append(('/dev', '/dev'))" in written


@needs_root
@pytest.mark.usefixtures("serve")
def test_its_whole_life(options: Options, workdir: Path) -> None:
    hub = Hub(extra={"mock.new_chroot": 0, "rpm.env.COLOUR": "blue"})
    broot = build_root(hub, options)
    broot.workdir = str(workdir)
    broot.init()
    assert [rpm["name"] for rpm in hub.host.lists[7]] == ["tiny-base"]
    assert len(hub.host.lists[7][0]["payloadhash"]) == 32
    assert (
        broot.mock(["--cwd", "/builddir", "--chroot", "--", "sh", "-c", "echo $PWD $COLOUR"]) == 0
    )
    assert broot.mock(["--chroot", "exit 3"]) == 3 << 8
    output = hub.uploads[f"{UPLOADED}/mock_output.log"].decode()
    assert os.uname().release in output
    assert "/builddir blue\n" in output
    assert broot.logs >= {"root.log", "mock_output.log", "mock_config.log"}
    broot.expire()
    assert hub.host.states == [(7, "EXPIRED")]


@needs_root
@pytest.mark.usefixtures("serve")
def test_logs_arrive_while_mock_runs(options: Options, workdir: Path) -> None:
    hub = Hub(extra={"mock.new_chroot": 0})
    broot = build_root(hub, options)
    broot.workdir = str(workdir)
    seen: list[float] = []
    upload = hub.rawUpload

    def watch(content: bytes, *where: Any, **more: Any) -> Any:
        if b"early" in content:
            seen.append(time.monotonic())
        return upload(content, *where, **more)

    hub.rawUpload = watch  # type: ignore[method-assign]
    broot.init()
    broot.mock(["--chroot", "--", "sh", "-c", "echo early; sleep 1"])
    assert time.monotonic() - seen[0] > 0.5


@needs_root
def test_a_root_that_cannot_be_made_is_kojids_error_with_dnfs_lines(
    options: Options, workdir: Path
) -> None:
    hub = Hub()
    broot = build_root(hub, options)
    broot.workdir = str(workdir)
    message = (
        "could not init mock buildroot, mock exited with status 30; "
        "see root.log for more information"
    )
    with pytest.raises(koji.BuildrootError, match=message):
        broot.init()
    assert hub.host.states == [(7, "EXPIRED")]
    assert b"the repository cannot be read" in hub.uploads[f"{UPLOADED}/root.log"]
    assert b"the repository cannot be read" in hub.uploads[f"{UPLOADED}/mock_output.log"]


def test_an_argument_mock_would_know_and_the_stand_in_does_not(
    options: Options, workdir: Path
) -> None:
    broot = build_root(Hub(), options)
    broot.workdir = str(workdir)
    assert os.WEXITSTATUS(broot.mock(["--rebuild", "x.src.rpm"])) == 5
    assert "not --rebuild" in (workdir / "mock_output.log").read_text()


@needs_root
def test_packages_get_the_hubs_ids(options: Options, serve: Path, workdir: Path) -> None:
    hub = Hub(extra={"mock.new_chroot": 0})
    broot = build_root(hub, options)
    broot.workdir = str(workdir)
    broot.init()
    package = hub.host.lists[7][0]
    entry = {**{key: package[key] for key in ("name", "version", "release", "arch")}, "id": 99}

    def listed(payloadhash: str) -> None:
        line = json.dumps({**entry, "payloadhash": payloadhash})
        (serve / "rpmlist.jsonl").write_text(line + "\n")

    listed(package["payloadhash"])
    assert broot.getPackageList()[0]["id"] == 99
    listed("0" * 32)
    with pytest.raises(koji.BuildrootError, match="mismatch expected 0000"):
        broot.getPackageList()

"""The stand-ins for kojid's tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import koji
import pytest

from koji_imagebuild.sandbox.builder import createrepo, external, tasks
from koji_imagebuild.sandbox.builder.options import Options
from koji_imagebuild.sandbox.root import metadata
from koji_imagebuild.sandbox.state import Endpoints, State

from .builder_hub import Hub


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    state = State(tmp_path / "state")
    state.write_endpoints(Endpoints("sandbox", 1, 2))
    monkeypatch.setattr(koji.pathinfo, "topdir", str(state.topdir))
    return Options.of(state)


def task(kind: Any, method: str, hub: Hub, options: Options, *params: Any) -> Any:
    return kind(42, method, list(params), hub, options)


def test_tagging_is_asked_of_the_hub_and_told(options: Options) -> None:
    hub = Hub()
    task(tasks.TagBuildTask, "tagBuild", hub, options, 2, 3).run()
    assert hub.host.tagged == [(42, 2, 3)]
    assert hub.host.notified == [(True, 2, None, 3, 9, False, "")]


def test_tagging_that_fails_is_told_too(options: Options) -> None:
    hub = Hub()
    hub.host.tag_error = koji.TagError("locked")
    with pytest.raises(koji.TagError):
        task(tasks.TagBuildTask, "tagBuild", hub, options, 2, 3).run()
    assert hub.host.notified == [(False, 2, None, 3, 9, False, "TagError: locked")]


@pytest.fixture
def repo_folder(options: Options, tiny_repo: str) -> Path:
    """What the hub's repoInit leaves: a package list, a link to all of Koji, comps."""
    arch = Path(options.topdir) / "repos" / "minidist-build" / "5" / "x86_64"
    arch.mkdir(parents=True)
    rpm = next(Path(tiny_repo[len("file://") :]).rglob("*.rpm"))
    packages = Path(options.topdir) / "packages"
    packages.mkdir()
    (packages / rpm.name).write_bytes(rpm.read_bytes())
    (arch / "toplink").symlink_to("../../../..")
    (arch / "pkglist").write_text(f"toplink/packages/{rpm.name}\n")
    (arch / "blocklist").touch()
    comps = arch.parent / "groups" / "comps.xml"
    comps.parent.mkdir()
    comps.write_text("<comps><group><id>tiny</id><name>tiny</name></group></comps>")
    return arch


def uploaded_repo(hub: Hub, target: Path) -> str:
    """Put what was uploaded where repoDone would."""
    where, names = hub.host.repos_done[5]["x86_64"]
    assert where == "tasks/42/42/x86_64"
    (target / "repodata").mkdir(parents=True)
    for name in names:
        (target / "repodata" / name).write_bytes(hub.uploads[f"{where}/{name}"])
    return target.as_uri()


@pytest.mark.usefixtures("repo_folder")
def test_a_new_repo_has_the_tags_packages_and_groups(options: Options, tmp_path: Path) -> None:
    hub = Hub()
    task(tasks.NewRepoTask, "newRepo", hub, options, "minidist-build").run()
    assert hub.host.repo_asked == (2, {"opts": None, "task_id": 42})
    url = uploaded_repo(hub, tmp_path / "made")
    assert metadata.read(url).groups == {"tiny"}
    assert b"toplink/packages/tiny-base-1-1" in metadata.part(url, "primary")
    assert "tasks/42/42/createrepo-x86_64.log" in hub.uploads


def test_a_tag_without_packages_has_an_empty_repo(
    options: Options, repo_folder: Path, tmp_path: Path
) -> None:
    (repo_folder / "pkglist").write_text("")
    hub = Hub()
    task(tasks.NewRepoTask, "newRepo", hub, options, "minidist-build").run()
    assert b'packages="0"' in metadata.part(uploaded_repo(hub, tmp_path / "made"), "primary")


def test_an_external_repo_is_merged_and_its_rpms_marked(
    options: Options, repo_folder: Path, tiny_repo: str, tmp_path: Path
) -> None:
    (repo_folder / "pkglist").write_text("")
    entry = {"url": f"{tiny_repo}/", "external_repo_id": 4, "external_repo_name": "tiny",
             "merge_mode": "koji", "arches": None}  # fmt: skip
    hub = Hub(external=[entry])
    task(tasks.NewRepoTask, "newRepo", hub, options, "minidist-build").run()
    url = uploaded_repo(hub, tmp_path / "made")
    known = {"name": "tiny-base", "version": "1", "release": "1", "arch": "x86_64"}
    external.mark([known], url, [entry], "x86_64")
    assert (known["external_repo"], known["location"]) == (entry, 4)
    with pytest.raises(koji.BuildError, match=r"No origin for other-1-1\.x86_64"):
        external.mark([{**known, "name": "other"}], url, [entry], "x86_64")


def test_a_repository_that_cannot_be_made_names_its_log(
    options: Options, repo_folder: Path
) -> None:
    (repo_folder / "pkglist").write_text("toplink/packages/missing.rpm\n")
    hub = Hub()
    with pytest.raises(koji.GenericError, match=r"see createrepo-x86_64\.log"):
        task(tasks.NewRepoTask, "newRepo", hub, options, "minidist-build").run()
    assert b"missing.rpm" in hub.uploads["tasks/42/42/createrepo-x86_64.log"]


def test_external_repos_of_two_minds_are_refused(tmp_path: Path) -> None:
    repos = [{"url": "http://a", "merge_mode": mode} for mode in ("koji", "bare")]
    with pytest.raises(koji.GenericError, match="cannot be merged as bare, koji"):
        createrepo.merge(tmp_path / "x86_64", tmp_path, tmp_path, None, repos)


def test_an_external_repo_of_other_arches_is_left_out(tmp_path: Path) -> None:
    repos = [
        {"url": "http://a/$arch", "merge_mode": "koji", "arches": "x86_64"},
        {"url": "http://b/$arch", "merge_mode": "koji", "arches": "aarch64"},
    ]
    argv = createrepo.merge(Path("/r/x86_64"), Path("/own"), Path("/made"), None, repos)
    assert argv == (
        "mergerepo_c", "--koji", "--blocked", "/r/x86_64/blocklist", "--arch-expand",
        "--archlist", "x86_64", "--outputdir", "/made",
        "--repo", "file:///own/", "--repo", "http://a/x86_64",
    )  # fmt: skip


def test_a_notification_is_a_file(options: Options) -> None:
    build = {"id": 3, "name": "minidist-Disk", "version": "1.0.0", "release": "1", "epoch": None,
             "package_name": "minidist-Disk", "state": koji.BUILD_STATES["COMPLETE"],
             "owner_name": "releng", "task_id": 41}  # fmt: skip
    parts = (["releng@localhost"], build, None, "https://127.0.0.1:1/koji")
    task(tasks.BuildNotificationTask, "buildNotification", Hub(), options, *parts).run()
    (mail,) = Path(options.mailbox).iterdir()
    assert mail.name == "minidist-Disk-1.0.0-1.task42.txt"
    assert "Subject: Package: minidist-Disk-1.0.0-1 Tag: None Status: complete" in mail.read_text()
    assert "https://127.0.0.1:1/koji/buildinfo?buildID=3" in mail.read_text()

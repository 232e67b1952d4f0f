"""Koji's own commands, used on what was built."""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from .image import build
from .under_test import task_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .image import Image
    from .under_test import Koji


@pytest.fixture(scope="module")
def disk(minidist: Mapping[str, Image]) -> Image:
    return minidist["Disk"]


@pytest.fixture
def new_name() -> str:
    """One that no hub has yet."""
    return f"new-{time.time_ns()}"


def _sums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_hello(koji: Koji) -> None:
    greeting = koji.run("hello").out
    assert ", releng!" in greeting
    assert f"You are using the hub at {koji.options()['server']}" in greeting
    assert ", nobody!" in koji.run("hello", user="nobody").out


def test_list_tasks_shows_the_tree_while_it_runs_and_cancel_ends_it(
    koji: Koji, descriptions: str
) -> None:
    words = ("--scratch", "--nowait", koji.target, descriptions, "minidist/minidist.kiwi")
    ran = koji.run("image-build-local", "kiwi", "--profile=Disk", *words)
    task, session = task_of(ran.out), koji.session()
    while not (children := session.getTaskChildren(task)):
        time.sleep(0.1)
    shown = koji.run("list-tasks", "--mine").out
    assert re.search(rf"^{task} +20 +releng +\w+ +noarch +imageBuildLocal", shown, re.MULTILINE)
    assert re.search(rf"^{children[-1]['id']} .* \+\w+", shown, re.MULTILINE)
    koji.run("cancel", str(task))
    koji.wait(task, ("CANCELED",))
    for child in session.getTaskChildren(task):
        koji.wait(child["id"], ("CANCELED", "CLOSED"))
    assert str(task) not in koji.run("list-tasks", "--mine").out.split()


def test_taskinfo(koji: Koji, disk: Image) -> None:
    shown = koji.run("taskinfo", "-vr", str(disk.task)).out
    assert shown.startswith(f"Task: {disk.task}\nType: imageBuildLocal\n")
    assert f"\nBuild: {disk.nvr} ({disk.build['id']})\n" in shown
    assert "\nState: closed\n" in shown
    assert re.search(rf"^  Task: {disk.child}\n  Type: createKiwiImage$", shown, re.MULTILINE)
    for name in ("summary.log", "30-kiwi-create-oem.log", disk.one(".qcow2")):
        assert re.search(rf"/{re.escape(name)}$", shown, re.MULTILINE), name


def test_watch_task(koji: Koji, disk: Image) -> None:
    shown = koji.run("watch-task", str(disk.task)).out
    assert f"\n  {disk.child} createKiwiImage ({disk.koji.arch}): closed\n" in shown
    assert f"\n{disk.task} imageBuildLocal (noarch) completed successfully\n" in shown


def test_watch_logs(koji: Koji, disk: Image) -> None:
    shown = koji.run("watch-logs", str(disk.task), str(disk.child)).out
    for task, log, words in (
        (disk.task, "summary.log", disk.nvr),
        (disk.child, "20-kiwi-prepare.log", "Installing bootstrap packages"),
    ):
        _, found, text = shown.partition(f"==> {task}:DEFAULT:{log}: <==\n")
        assert found
        assert words in text.partition("\n==> ")[0]


def test_download_task(koji: Koji, disk: Image, tmp_path: Path) -> None:
    koji.run("download-task", "--all", "--noprogress", str(disk.child), folder=tmp_path)
    assert _sums(tmp_path) == {name: file["sha256"] for name, file in disk.files.items()}


def test_download_build(koji: Koji, disk: Image, tmp_path: Path) -> None:
    """Resumed, too: what is there already is not fetched again."""
    image = disk.one(".qcow2")
    (tmp_path / image).write_bytes(disk.read(image)[:100_000])
    words = ("download-build", "--type=image", "--noprogress", disk.nvr)
    koji.run(*words, folder=tmp_path)
    sums = _sums(tmp_path)
    assert sums.pop(f"{disk.nvr}.image-build.json")
    assert sums == {name: file["sha256"] for name, file in disk.files.items()}


def test_list_builds(koji: Koji, disk: Image) -> None:
    shown = koji.run("list-builds", "--package", "minidist-Disk", "--state=COMPLETE").out
    assert re.search(rf"^{re.escape(disk.nvr)} +releng +COMPLETE *$", shown, re.MULTILINE)


def test_buildinfo(koji: Koji, disk: Image) -> None:
    shown = koji.run("buildinfo", disk.nvr).out
    head, _, archives = shown.partition("Image archives:\n")
    assert f"BUILD: {disk.nvr} [{disk.build['id']}]\nState: COMPLETE\nBuilt by: releng\n" in head
    assert re.search(r"^Source: git\+http.*#[0-9a-f]{40}$", head, re.MULTILINE)
    assert f"\nTask: {disk.task} imageBuildLocal (noarch)\n" in head
    assert f"\nTags: {koji.dest_tag}\n" in head
    listed = {line.rpartition("/")[2] for line in archives.splitlines()}
    assert listed == {*disk.files, f"{disk.nvr}.image-build.json"}


def test_latest_build_and_list_tagged(koji: Koji, disk: Image) -> None:
    shown = koji.run("latest-build", "--quiet", koji.dest_tag, "minidist-Disk").out
    assert shown.split() == [disk.nvr, koji.dest_tag, "releng"]
    tagged = koji.run("list-tagged", "--quiet", koji.dest_tag, "minidist-Disk").out
    assert disk.nvr in tagged.split()


def test_list_targets(koji: Koji) -> None:
    shown = koji.run("list-targets", "--quiet").out
    assert [koji.target, koji.build_tag, koji.dest_tag] in map(str.split, shown.splitlines())


def test_list_tags(koji: Koji, disk: Image) -> None:
    assert {koji.build_tag, koji.dest_tag} <= set(koji.run("list-tags").out.split())
    assert koji.run("list-tags", "--build", disk.nvr).out.split() == [koji.dest_tag]


def test_taginfo(koji: Koji) -> None:
    shown = koji.run("taginfo", koji.build_tag).out
    assert shown.startswith(f"Tag: {koji.build_tag} [")
    assert koji.arch in re.search(r"^Arches: (.*)$", shown, re.MULTILINE)[1].split()
    assert "kiwi-build" in re.search(r"^Groups: (.*)$", shown, re.MULTILINE)[1].split(", ")
    assert re.search(r"^Current repo: repo#\d+: ", shown, re.MULTILINE)
    targets = shown.partition("Targets that build from this tag:\n")[2]
    assert f"  {koji.target}\n" in targets


def test_list_hosts(koji: Koji) -> None:
    shown = koji.run("list-hosts", "--quiet", "--channel=image", "--enabled").out
    assert re.search(rf"^\S+ +Y +Y +[\d.]+/[\d.]+ +.*{koji.arch}", shown, re.MULTILINE)


def test_call(koji: Koji, disk: Image) -> None:
    words = ("call", "--json-output", "listArchives", f"buildID={disk.build['id']}", "type=image")
    archives: list[dict[str, Any]] = json.loads(koji.run(*words).out)
    image = next(one for one in archives if one["filename"] == disk.one(".qcow2"))
    assert (image["size"], image["type_name"]) == (disk.files[image["filename"]]["size"], "qcow2")
    assert "Invalid method: noSuchCall" in koji.run("call", "noSuchCall", status=1).err


def test_add_pkg_lets_an_image_be_built(koji: Koji, descriptions: str, new_name: str) -> None:
    """What its refusal says is what repairs it."""
    words = (f"--name={new_name}", "--type=tbz", koji.target, descriptions, "tiny/tiny.kiwi")
    refused = koji.run("image-build-local", "kiwi", "--wait", *words, status=1)
    (repair,) = re.findall(r"^ *koji (add-pkg .*)$", refused.out, re.MULTILINE)
    koji.run(*repair.replace("OWNER", "releng").split(), user="admin")
    assert new_name in koji.run("list-pkgs", "--quiet", f"--tag={koji.dest_tag}").out.split()
    assert build(koji, *words).nvr == f"{new_name}-1.0-1"


def test_edit_tag(koji: Koji) -> None:
    koji.run("edit-tag", "-x", "rpm.macro.test=1", koji.dest_tag, user="admin")
    assert "  rpm.macro.test : 1\n" in koji.run("taginfo", koji.dest_tag).out
    koji.run("edit-tag", "-r", "rpm.macro.test", koji.dest_tag, user="admin")
    assert "rpm.macro.test" not in koji.run("taginfo", koji.dest_tag).out
    assert "permission" in koji.run("edit-tag", "--lock", koji.dest_tag, status=1).err


def test_add_group_pkg(koji: Koji, new_name: str) -> None:
    koji.run("add-group", koji.dest_tag, new_name, user="admin")
    koji.run("add-group-pkg", koji.dest_tag, new_name, "hello", user="admin")
    shown = koji.run("list-groups", koji.dest_tag, new_name).out
    assert re.search(r"^  hello: .*mandatory", shown, re.MULTILINE)


def test_grant_permission(koji: Koji, descriptions: str, new_name: str) -> None:
    """What a refusal says is what repairs it."""
    words = ("--scratch", "--nowait", koji.target, descriptions, "tiny/tiny.kiwi")
    refused = koji.run("image-build-local", "kiwi", *words, user="nobody", status=1)
    (repair,) = re.findall(r"^ *An admin grants it with: koji (.*)$", refused.err, re.MULTILINE)
    koji.run(*repair.split(), user="admin")
    try:
        assert koji.run("list-permissions", "--mine", "--quiet", user="nobody").out.split() == [
            "image"
        ]
        ran = koji.run("image-build-local", "kiwi", *words, user="nobody")
        koji.run("cancel", str(task_of(ran.out)), user="nobody")
    finally:
        koji.run("revoke-permission", "image", "nobody", user="admin")

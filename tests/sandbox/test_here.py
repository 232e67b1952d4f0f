"""``--here``: real KIWI on this machine, without a Koji."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .image import build
from .laptop import describe, document, index

if TYPE_CHECKING:
    from .laptop import Laptop
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left_here")


@pytest.fixture(scope="module")
def built(machine: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The description's folder after two builds in it; the first one's output is ``tiny-1.0-1``."""
    folder = describe(tmp_path_factory.mktemp("tiny"))
    ran = machine.run(folder, ".")
    assert "Built tiny-1.0-1 in" in ran.out
    assert "group kiwi-build of http://127.0.0.1" in ran.out
    assert "SBOM, description, logs and image-build.json beside them: tiny-1.0-1/" in ran.out
    machine.asked.clear()
    machine.run(folder, ".", "--release=2")
    return folder


def test_the_second_build_downloads_no_package(machine: Laptop, built: Path) -> None:
    assert any(path.endswith("/repomd.xml") for path in machine.asked)
    assert [path for path in machine.asked if path.endswith(".rpm")] == []
    # It was built in the same folder: the first one's output is no part of the description.
    first, second = (
        document(built / f"tiny-1.0-{n}", f"tiny-1.0-{n}.x86_64.image-build.json") for n in "12"
    )
    assert first["asked"]["source"] == second["asked"]["source"]


def test_the_same_files_as_of_a_task(koji: Koji, machine: Laptop, built: Path) -> None:
    image = build(koji, "--scratch", "--release=1", koji.target, str(built / "tiny.kiwi"))
    own_logs = {"mock_config.log", "mock_output.log", "hw_info.log", "state.log", "dnf.log"}
    uploaded = set(image.files) | {
        name for name in image.logs if name not in own_logs and not name.startswith("dnf.")
    }

    found = {path.name for path in (built / "tiny-1.0-1").iterdir()}
    assert found - uploaded == {"SHA256SUMS"}
    assert uploaded - found == set()

    ours, theirs = document(built / "tiny-1.0-1"), image.json()
    assert ours.keys() == theirs.keys()
    assert ours["used"].keys() == theirs["used"].keys()
    assert ours["asked"].keys() == theirs["asked"].keys()
    assert [rpm["sigmd5"] for rpm in ours["rpms"]] == [rpm["sigmd5"] for rpm in theirs["rpms"]]


@pytest.mark.parametrize("kind", ["commit", "upload"])
def test_what_a_koji_built_is_built_again(
    koji: Koji, machine: Laptop, built: Path, descriptions: str, tmp_path: Path, kind: str
) -> None:
    source = {"commit": (descriptions, "tiny/tiny.kiwi"), "upload": (str(built / "tiny.kiwi"),)}
    image = build(koji, "--scratch", koji.target, *source[kind])
    done = subprocess.run(
        koji.command("image-rebuild-local", "--here", str(image.task), "--json"),
        env={**os.environ, **koji.environment, "XDG_CACHE_HOME": str(machine.home / "cache")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    told = json.loads(done.stdout)
    assert told["compared"]["task"] == image.child
    assert told["compared"]["same_packages"]
    again = {file["name"] for file in told["arches"][koji.arch]["files"]}
    assert again == image.files.keys()
    ours = document(Path(told["output"]), f"{image.nvr}.{koji.arch}.image-build.json")
    theirs = image.json()
    assert ours["asked"] == theirs["asked"]
    for key in ("build_tag", "repo", "event", "source"):
        assert ours["used"][key] == theirs["used"][key]
    assert (ours["used"]["host"], ours["used"]["task"]) == ("here", 0)


def test_image_builder_and_its_manifest(machine: Laptop, tmp_path: Path) -> None:
    words = ("minidist-Raw", "1", "generic-qcow2", "--distro=minidist-1")
    machine.run(tmp_path, *words, tool="image-builder")
    made = tmp_path / "minidist-Raw-1-1"
    stem = "minidist-Raw-1-1.x86_64"
    first = document(made, f"{stem}.image-build.json")
    kept = str(made / f"{stem}.osbuild-manifest.json")
    machine.run(tmp_path, "again", "1", kept, tool="manifest")

    second = document(tmp_path / "again-1-1", "again-1-1.x86_64.image-build.json")
    assert [rpm["sigmd5"] for rpm in first["rpms"]] == [rpm["sigmd5"] for rpm in second["rpms"]]


def test_no_koji_is_spoken_of(machine: Laptop, built: Path) -> None:
    found = document(built / "tiny-1.0-1")

    assert found["build"] == {"name": "tiny", "version": "1.0", "release": "1", "scratch": True}
    assert (found["asked"]["target"], found["used"]["host"]) == ("here", "here")
    assert (found["used"]["task"], found["used"]["repo"]) == (0, 0)
    assert all(rpm["not_looked_up"] for rpm in found["rpms"])
    subprocess.run(("sha256sum", "--check", "SHA256SUMS"), cwd=built / "tiny-1.0-1", check=True)


def test_a_finished_image_is_not_overwritten(machine: Laptop, built: Path) -> None:
    refused = machine.run(built, ".", status=2)

    assert "tiny-1.0-1 is there already, and nothing is overwritten" in refused.err


def test_a_repository_of_sources(machine: Laptop, tmp_path: Path) -> None:
    describe(tmp_path / "a")
    bare = machine.served / "sources.git"
    who = ("-c", "user.name=A", "-c", "user.email=a@localhost")
    for words in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "a"),
        (*who, "commit", "--quiet", "--message=a"),
        ("clone", "--quiet", "--bare", ".", str(bare)),
    ):
        subprocess.run(("git", *words), cwd=tmp_path, check=True)
    subprocess.run(("git", "-C", bare, "update-server-info"), check=True)
    ran = machine.run(
        tmp_path, f"git+{machine.url}/sources.git#main", "a", "--output=out", "--json"
    )

    told = json.loads(ran.out)
    assert (told["state"], told["task"], told["output"]) == ("CLOSED", None, f"{tmp_path}/out")
    assert {file["name"] for file in told["arches"]["x86_64"]["files"]} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }
    source = document(tmp_path / "out")["used"]["source"]
    assert source.startswith(f"git+{machine.url}/sources.git#")
    assert len(source.rpartition("#")[2]) == 40
    assert "git clone" in (tmp_path / "out" / "checkout.log").read_text()


def test_a_failure_keeps_its_logs_until_the_next_try(machine: Laptop, tmp_path: Path) -> None:
    folder = describe(tmp_path / "d", packages=("no-such-package",))
    failed = machine.run(tmp_path, str(folder), "--json", status=1)

    assert "no-such-package" in failed.err
    assert "log: tiny-1.0-1/20-kiwi-prepare.log" in failed.err
    assert "no-such-package" in (tmp_path / "tiny-1.0-1" / "20-kiwi-prepare.log").read_text()
    assert "install packages" in document(tmp_path / "tiny-1.0-1")["failure"]
    assert json.loads(failed.out)["state"] == "FAILED"

    describe(folder)
    machine.run(tmp_path, str(folder))
    assert not list((tmp_path / "tiny-1.0-1").glob("unfinished*"))


def test_the_list_of_packages_is_told_where_no_group_is(machine: Laptop, tmp_path: Path) -> None:
    plain = machine.served / "plain"
    plain.mkdir()
    index(plain)
    failed = machine.run(
        tmp_path, str(describe(tmp_path / "d")), f"--root-repo={machine.url}/plain", status=1
    )

    assert "no repository has a group kiwi-build; instead: bash coreutils" in failed.out
    assert "log: tiny-1.0-1/root.log" in failed.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "SOURCE"),
        (("no-such-folder",), "neither a folder"),
        ((".", "--profile=Dsik"), 'no profile "Dsik"'),
        ((".", "--arch=s390x"), "--arch s390x: this machine builds"),
        ((".", "--nowait"), "--nowait means nothing with --here"),
        ((".", "--output=no/such/folder"), "no/such does not exist"),
    ],
)
def test_refused(machine: Laptop, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    describe(tmp_path)
    status = 1 if "--profile=Dsik" in words else 2
    refused = machine.run(tmp_path, *words, status=status)

    assert told in refused.err
    assert {path.name for path in tmp_path.iterdir()} == {"tiny.kiwi"}


def test_a_folder_that_leads_out_is_refused(machine: Laptop, tmp_path: Path) -> None:
    folder = describe(tmp_path / "d")
    (folder / "root").symlink_to("/etc")

    assert "leads out of the folder" in machine.run(tmp_path, "d", status=2).err


def test_a_repository_that_does_not_answer(machine: Laptop, tmp_path: Path) -> None:
    failed = machine.run(
        tmp_path, str(describe(tmp_path / "d")), f"--root-repo={machine.url}/gone", status=1
    )

    assert "the repository cannot be read" in failed.err
    assert not (tmp_path / "tiny-1.0-1").exists()

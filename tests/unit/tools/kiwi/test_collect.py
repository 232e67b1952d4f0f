from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.model.artifact import Kind
from koji_imagebuild.tools import rpm_list
from koji_imagebuild.tools.kiwi.naming import DEFAULT
from koji_imagebuild.tools.layout import Layout

from .builds import checkout, job, prepared, tool
from .described import image

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.base import Collected

BASH = "bash\t(none)\t5.2\t1\tx86_64\t0123abcd\t100\t1700000000\tGPL-3.0-or-later\n"
KEY = "gpg-pubkey\t(none)\t1\t2\t(none)\t(none)\t0\t1\tpubkey\n"
HELLO = "hello\t1\t2.0\t3\tnoarch\t(none)\t5\t1700000001\t(none)\n"
ENTRY = {"filename": "/x", "use_for_bundle": True, "compress": False, "shasum": True}
RESULT = {"container": ENTRY, "image_packages": ENTRY}
TYPES = image(
    '<preferences><version>1.0</version><type image="docker"/><type image="tbz"/>'
    '<type image="kis"/></preferences>'
)


class Built:
    """A build root in which kiwi has run, or something that claims so."""

    def __init__(self, root: Path, *types: str) -> None:
        self.root = root
        self.kiwi = tool(types=types, bundle_format=DEFAULT)
        self.plan = prepared(root, self.kiwi, checkout(root, TYPES))
        self.folders = {
            run.image: root / self.plan.folder(run).relative_to("/") for run in self.plan.runs
        }
        for run in self.plan.runs:
            self.made(run.image, f"{run.stems.build}.{run.image}-file")

    def made(self, kind: str, name: str, result: Any = RESULT, rpms: str = BASH) -> None:
        folder = self.folders[kind]
        (folder / "result").mkdir(parents=True, exist_ok=True)
        (folder / "bundle").mkdir(exist_ok=True)
        (folder / "result/kiwi.result.json").write_text(json.dumps(result))
        (folder / "rpms.tsv").write_text(rpms)
        (folder / "bundle" / name).write_text(kind)

    def collect(self) -> Collected:
        return self.kiwi.collect(job(self.kiwi), Layout(self.root), self.plan)

    def names(self) -> dict[str, Kind]:
        return {output.name: output.kind for output in self.collect().outputs}


def test_images_and_what_is_beside_them(tmp_path: Path) -> None:
    built = Built(tmp_path, "docker")
    for suffix in ("docker.tar.xz.sha256", "packages", "changes.xz", "verified", "vmx"):
        built.made("docker", f"small-1.0-7.x86_64.{suffix}")
    assert built.names() == {
        "small-1.0-7.x86_64.docker-file": Kind.IMAGE,
        "small-1.0-7.x86_64.docker.tar.xz.sha256": Kind.SIDECAR,
        "small-1.0-7.x86_64.packages": Kind.SIDECAR,
        "small-1.0-7.x86_64.changes.xz": Kind.SIDECAR,
        "small-1.0-7.x86_64.verified": Kind.SIDECAR,
        "small-1.0-7.x86_64.vmx": Kind.SIDECAR,
    }
    assert {output.image_type for output in built.collect().outputs} == {"docker"}


def test_package_lists_once_and_rpms_of_all(tmp_path: Path) -> None:
    built = Built(tmp_path, "tbz", "kis")
    assert [run.image for run in built.plan.runs] == ["tbz", "kis"]
    built.made("tbz", "small-1.0-7.tbz.x86_64.packages", rpms=BASH + KEY)
    built.made("kis", "small-1.0-7.kis.x86_64.packages", rpms=BASH + HELLO)
    assert sorted(built.names()) == [
        "small-1.0-7.kis.x86_64.kis-file",
        "small-1.0-7.tbz.x86_64.tbz-file",
        "small-1.0-7.x86_64.packages",
    ]
    bash, hello = built.collect().rpms
    assert (bash.nvra, bash.epoch, bash.sigmd5, bash.size) == (
        "bash-5.2-1.x86_64",
        None,
        "0123abcd",
        100,
    )
    assert (hello.evr, hello.sigmd5, hello.license) == ("1:2.0-3", "", "")


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"image_packages": ENTRY}, "its result of type docker has no image"),
        ({"disk_image": {**ENTRY, "use_for_bundle": False}}, "has no image"),
        ({}, "has no image"),
        ([], "cannot be read"),
        ({"container": "x"}, "cannot be read"),
        ({"container": {}}, "cannot be read"),
    ],
)
def test_kiwi_must_say_that_it_made_an_image(tmp_path: Path, result: object, says: str) -> None:
    built = Built(tmp_path, "docker")
    built.made("docker", "x", result)
    with pytest.raises(OutputRefused, match=says):
        built.collect()


def test_no_result_is_no_success(tmp_path: Path) -> None:
    built = Built(tmp_path, "docker")
    (built.folders["docker"] / "result/kiwi.result.json").unlink()
    with pytest.raises(OutputRefused, match="left no result of type docker"):
        built.collect()


@pytest.mark.parametrize("text", ["{", "[" * 100000, "\x00"])
def test_a_result_that_is_no_json(tmp_path: Path, text: str) -> None:
    built = Built(tmp_path, "docker")
    (built.folders["docker"] / "result/kiwi.result.json").write_text(text)
    with pytest.raises(OutputRefused, match="cannot be read"):
        built.collect()


def test_the_pickle_is_never_opened(tmp_path: Path) -> None:
    built = Built(tmp_path, "docker")
    (built.folders["docker"] / "result/kiwi.result").symlink_to("/dev/full")
    assert built.collect().outputs


@pytest.mark.parametrize("kind", ["symlink", "folder"])
def test_only_regular_files_come_out(tmp_path: Path, kind: str) -> None:
    built = Built(tmp_path, "docker")
    odd = built.folders["docker"] / "bundle/odd.raw"
    odd.mkdir() if kind == "folder" else odd.symlink_to("/etc/passwd")
    with pytest.raises(OutputRefused, match=r"odd\.raw in kiwi's bundle is not a regular file"):
        built.collect()


@pytest.mark.parametrize("path", ["bundle", "result", "rpms.tsv"])
def test_nothing_is_read_outside_of_the_root(tmp_path: Path, path: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    built = Built(root, "docker")
    place = built.folders["docker"] / path
    place.rename(outside)
    place.symlink_to(outside)
    with pytest.raises(OutputRefused, match="leads out of the build root"):
        built.collect()


@pytest.mark.parametrize("line", ["bash", "a\tb\n", BASH.replace("100", "many")])
def test_an_rpm_database_that_answers_nonsense(line: str) -> None:
    with pytest.raises(OutputRefused, match="The image's RPM database answered"):
        list(rpm_list.parse(line))

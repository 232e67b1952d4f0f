"""From what osbuild left in the build root to files and packages."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.model.artifact import Kind
from koji_imagebuild.tools.layout import Layout
from koji_imagebuild.tools.manifest import collect, document, run
from koji_imagebuild.tools.manifest.run import Run

from .documents import manifest, written

WORK = PurePosixPath("/builddir/image-build")
STEM = "disk-1-2.x86_64"
BASH = {"name": "bash", "version": "5.2", "release": "1", "epoch": None, "arch": "x86_64"}
HELLO = {"name": "hello", "version": "2", "release": "3", "epoch": "1", "arch": "noarch"}
KEY = {"name": "gpg-pubkey", "version": "1", "release": "2", "epoch": None, "arch": None}
LISTED = "hello\t1\t2\t3\tnoarch\tbb\t512\t1700000000\tGPL-3.0-or-later\n"


def result(**pipelines: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {name: {"org.osbuild.rpm": {"packages": rpms}} for name, rpms in pipelines.items()}
    return {"type": "result", "success": True, "metadata": metadata}


RESULT = result(build=[{**BASH, "sigmd5": "aa"}], os=[{**HELLO, "sigmd5": "bb"}, KEY])


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A build root after osbuild."""
    found = Layout(tmp_path)
    folder = found.on_builder(made().folder(WORK))
    (folder / "out/qcow2").mkdir(parents=True)
    (folder / "out/qcow2/disk.qcow2").write_text("image")
    (folder / "result.json").write_text(json.dumps(RESULT))
    (folder / "rpms.tsv").write_text(LISTED)
    return found


def made() -> Run:
    read = document.read(written(manifest()), "m.json")
    return Run(WORK / "m.json", read, "qcow2", STEM, "generic-qcow2")


def place(layout: Layout) -> Path:
    return layout.on_builder(made().folder(WORK))


def test_the_image_and_what_is_in_it(layout: Layout) -> None:
    found = collect.collect(layout, [made()])
    (image,) = found.outputs
    assert (image.name, image.kind, image.image_type) == (
        f"{STEM}.qcow2",
        Kind.IMAGE,
        "generic-qcow2",
    )
    (hello,) = found.rpms
    assert (hello.nvra, hello.epoch, hello.sigmd5) == ("hello-2-3.noarch", 1, "bb")
    assert (hello.size, hello.buildtime, hello.license) == (512, 1700000000, "GPL-3.0-or-later")
    assert found.distribution == "fedora"


def test_a_package_whose_file_nobody_listed(layout: Layout) -> None:
    (place(layout) / "rpms.tsv").write_text(LISTED.replace("bb", "cc"))
    (hello,) = collect.collect(layout, [made()]).rpms
    assert (hello.size, hello.license) == (0, "")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("disk.raw.xz", f"{STEM}.raw.xz"),
        ("image", STEM),
        ("a.b-c.vhdfixed", f"{STEM}.b-c.vhdfixed"),
    ],
)
def test_the_suffix_is_all_behind_the_first_dot(layout: Layout, file: str, name: str) -> None:
    out = place(layout) / "out/qcow2"
    (out / "disk.qcow2").rename(out / file)
    (image,) = collect.collect(layout, [made()]).outputs
    assert image.name == name


def refused(layout: Layout) -> str:
    with pytest.raises(OutputRefused) as caught:
        collect.collect(layout, [made()])
    return caught.value.what


def test_no_image(layout: Layout) -> None:
    shutil.rmtree(place(layout) / "out")
    assert refused(layout) == "osbuild ended well, but it exported no qcow2"
    (place(layout) / "out/qcow2").mkdir(parents=True)
    assert refused(layout) == "The export qcow2 is to be one file, but it has nothing"


def test_two_images(layout: Layout) -> None:
    (place(layout) / "out/qcow2/other.img").touch()
    assert refused(layout) == "The export qcow2 is to be one file, but it has disk.qcow2, other.img"


def test_no_file(layout: Layout, tmp_path: Path) -> None:
    image = place(layout) / "out/qcow2/disk.qcow2"
    image.unlink()
    image.symlink_to("/etc/passwd")
    assert refused(layout) == "disk.qcow2 in the export qcow2 is not a regular file"
    shutil.rmtree(image.parent)
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    image.parent.symlink_to(outside)
    assert "exported no qcow2" in refused(layout)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", "osbuild's result of disk-1-2.x86_64 cannot be read"),
        ("Failed\n", "osbuild's result of disk-1-2.x86_64 cannot be read"),
        (json.dumps(RESULT)[:-30], "osbuild's result of disk-1-2.x86_64 cannot be read"),
        ('{"success": false}', "osbuild ended well, but it does not say that disk-1-2.x86_64 was"),
        ("[]", "osbuild's result of disk-1-2.x86_64 cannot be read: result: expected an object"),
        (json.dumps(result(os=[{"name": 5, "arch": "x"}])), "packages[0].name: expected a string"),
        (json.dumps(result(os=[{**BASH, "epoch": "x"}])), "cannot be read"),
    ],
)
def test_what_is_no_result(layout: Layout, said: str, problem: str) -> None:
    (place(layout) / "result.json").write_text(said)
    assert problem in refused(layout)


def test_the_argument_list() -> None:
    (command,) = run.commands([made()], WORK)
    folder = f"{WORK}/osbuild"
    assert command.argv == (
        "/bin/sh",
        f"{WORK}/contained.sh",
        "/bin/sh",
        f"{folder}/run.sh",
        f"{folder}/{STEM}",
        f"{folder}/store",
        f"{WORK}/m.json",
        "qcow2",
    )
    assert (command.log, command.step) == ("30-osbuild-generic-qcow2.log", "build generic-qcow2")


def test_needs_and_downloads() -> None:
    assert run.needs([made()]) == run.Needs(loop_devices=True, bubblewrap=True)
    first, second = run.downloads([made(), made()], WORK)
    assert (first.name, second.name) == ("bash-5.2-1.x86_64.rpm", "hello-2.0-3.noarch.rpm")
    assert first.path == WORK / f"osbuild/store/sources/org.osbuild.files/sha256:{'a' * 64}"


FAKE = r"""#!/bin/sh
echo "$@" >"$CALLED"
printf '\036{"message": "Starting pipeline os", "context": {"origin": "osbuild.monitor"}}\n' >&3
echo '{"success": true}'
sleep 4 3>&3 >/dev/null 2>&1 &
exit "$STATUS"
"""


@pytest.mark.parametrize("status", [0, 3])
def test_the_script(tmp_path: Path, status: int) -> None:
    """A process that osbuild left behind holds the monitor open, and nobody waits for it."""
    layout = Layout(tmp_path / "root")
    layout.on_builder(WORK).mkdir(parents=True)
    run.lay_out(layout)
    scripts, called = layout.on_builder(WORK / "osbuild"), tmp_path / "called"
    fake = tmp_path / "osbuild"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    (tmp_path / "rpm").write_text('#!/bin/sh\nfor last in "$@"; do :; done; echo "$last"\n')
    (tmp_path / "rpm").chmod(0o755)
    store = tmp_path / "store"
    (store / "sources/org.osbuild.files").mkdir(parents=True)
    (store / "sources/org.osbuild.files/sha256:ab").touch()
    words = (scripts / "run.sh", tmp_path / "made", store, "m.json", "qcow2")
    done = subprocess.run(
        ["/bin/sh", *words],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "CALLED": str(called), "STATUS": str(status)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=3.5,
    )
    assert done.returncode == status
    assert done.stdout.splitlines()[0] == "osbuild: pipeline os"
    made_here = tmp_path / "made"
    assert called.read_text().split() == [
        *("--store", str(store), "--output-directory", f"{made_here}/out", "--export", "qcow2"),
        *("--json", "--monitor", "JSONSeqMonitor", "--monitor-fd", "3", "--", "m.json"),
    ]
    assert (made_here / "result.json").read_text() == '{"success": true}\n'
    if status == 0:
        assert (made_here / "rpms.tsv").read_text().endswith("sha256:ab\n")


def test_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    script = Path(run.__file__).with_name("run.sh")
    subprocess.run(["shellcheck", "--shell=sh", script], check=True)

"""What a tool says it made, looked at as if a stranger had made it."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.pipeline import verify

NAME = "a.qcow2"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "out").mkdir(parents=True)
    (tmp_path / "secret").write_text("the builder's own")
    return folder


def image(path: Path, name: str = NAME) -> Output:
    return Output(path, name, Kind.IMAGE, "oem")


def refused(root: Path, *outputs: Output) -> str:
    with pytest.raises(OutputRefused) as caught:
        verify.verify(outputs, root)
    return caught.value.what


def test_a_good_image_and_its_sidecar(root: Path) -> None:
    path, beside = root / "out" / NAME, root / "out" / "a.txt"
    path.write_bytes(b"bits")
    beside.write_bytes(b"")

    made = verify.verify([image(path), Output(beside, "a.txt", Kind.SIDECAR, "")], root)

    assert [(m.name, m.size, m.kind) for m in made] == [
        (NAME, 4, Kind.IMAGE),
        ("a.txt", 0, Kind.SIDECAR),
    ]
    assert made[0].sha256 == hashlib.sha256(b"bits").hexdigest()


def test_the_build_roots_folder_may_itself_be_reached_by_a_symlink(
    root: Path, tmp_path: Path
) -> None:
    (root / "out" / NAME).write_bytes(b"bits")
    elsewhere = tmp_path / "mock"
    elsewhere.symlink_to(root)

    (made,) = verify.verify([image(elsewhere / "out" / NAME)], elsewhere)

    assert made.path == (root / "out" / NAME).resolve()


def test_a_symlink_is_refused_wherever_it_points(root: Path, tmp_path: Path) -> None:
    path, inside = root / "out" / NAME, root / "out" / "real"
    inside.write_bytes(b"bits")
    for target in (tmp_path / "secret", inside, Path("real"), Path("nowhere")):
        path.symlink_to(target)
        assert (
            refused(root, image(path)) == f"{NAME} is a symlink; only regular files can be imported"
        )
        path.unlink()


def test_a_folder_that_leads_out_of_the_build_root(root: Path, tmp_path: Path) -> None:
    (root / "away").symlink_to(tmp_path)

    assert refused(root, image(root / "away" / "secret")).endswith("leads out of the build root")


def test_a_path_outside(root: Path, tmp_path: Path) -> None:
    assert refused(root, image(tmp_path / "secret")).endswith("leads out of the build root")


def test_nothing_there(root: Path) -> None:
    assert "does not exist in the build root" in refused(root, image(root / "out" / NAME))


def test_no_regular_file(root: Path) -> None:
    path = root / "out" / NAME
    os.mkfifo(path)
    assert refused(root, image(path)).endswith("is not a regular file")

    assert refused(root, image(root / "out")).endswith("is not a regular file")


def test_two_of_one_name(root: Path) -> None:
    paths = [root / "out" / NAME, root / NAME]
    for path in paths:
        path.write_bytes(b"bits")

    assert refused(root, *map(image, paths)) == f"Two outputs are called {NAME}"


def test_an_empty_image(root: Path) -> None:
    (root / "out" / NAME).write_bytes(b"")

    assert refused(root, image(root / "out" / NAME)) == f"{NAME} is empty"


def test_no_image(root: Path) -> None:
    beside = root / "out" / "a.txt"
    beside.write_text("x")
    record = Output(beside, "a.txt", Kind.SIDECAR, "")

    assert refused(root, record) == "The tool ended well, but it made no image"
    assert refused(root) == "The tool ended well, but it made no image"
    assert len(verify.verify_records([record], root)) == 1


@pytest.mark.parametrize(
    "name", ["", ".hidden", "-rf", "a/b", "../a", "a b", "a\nb", "a\0b", "ä.qcow2", "a.qcow2\n"]
)
def test_names_koji_cannot_keep(root: Path, name: str) -> None:
    (root / "out" / NAME).write_bytes(b"bits")

    said = refused(root, image(root / "out" / NAME, name))

    assert said == f"{name!r} is not a file name Koji can keep"


def test_a_large_sparse_file_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "disk.raw"
    with path.open("wb") as stream:
        stream.truncate(200 << 20)

    tracemalloc.start()
    size, digest = verify.measure(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == 200 << 20
    assert digest.startswith("72abf2ca8f36")
    assert peak < 8 << 20


def test_measuring_follows_no_symlink(tmp_path: Path) -> None:
    path = tmp_path / "link"
    path.symlink_to(tmp_path / "real")
    (tmp_path / "real").write_bytes(b"x")

    with pytest.raises(OSError, match="symbolic link"):
        verify.measure(path)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("F-Azure-44-1.x86_64.vhdfixed.xz", "vhdfixed.xz"),
        ("f-1.0.0-1.oem.x86_64.strange", "strange"),
        ("f-1.0.vhdfixed.xz", "vhdfixed.xz"),
    ],
)
def test_unknown_file_types_come_with_the_command_that_adds_them(name: str, suffix: str) -> None:
    with pytest.raises(OutputRefused, match=name) as caught:
        verify.check_file_types(["a.json", name], "x86_64", lambda name: name.endswith(".json"))

    assert f"koji call addArchiveType '{suffix}' 'KIND' '{suffix}'" in caught.value.repair
    assert "a.json" not in caught.value.what


def test_known_file_types() -> None:
    verify.check_file_types(["a.json"], "x86_64", lambda _name: True)

"""Two documents of one arch, compared: no more is claimed than was found."""

from __future__ import annotations

import json

import pytest

from koji_imagebuild.pipeline.rebuild.record import Comparison, Record, compare

BASH = {"nvra": "bash-5-1.x86_64", "epoch": None, "sigmd5": "aa" * 16}
ZSH = {"nvra": "zsh-5-1.x86_64", "epoch": None, "sigmd5": "bb" * 16}


def file(name: str, digest: str, kind: str = "image") -> dict[str, object]:
    return {"name": name, "kind": kind, "type": "", "size": 5, "sha256": digest * 64}


def record(*files: dict[str, object], rpms: tuple[object, ...] = (BASH,)) -> Record:
    found = Record.read(json.dumps({"files": files, "rpms": rpms}).encode())
    assert found is not None
    return found


def compared(before: Record, now: Record) -> Comparison:
    return compare(42, before, now)


def test_the_same_bits() -> None:
    one, other = record(file("a-1-1.raw", "1")), record(file("a-1-2.raw", "1"))
    assert compared(one, other).text() == "compared with task 42: same packages (1); same bits"


def test_the_same_packages_are_not_the_same_bits() -> None:
    found = compared(record(file("a.raw", "1")), record(file("a.raw", "2")))
    assert found.text() == "compared with task 42: same packages (1)"
    assert "same_manifest" not in found.document()


@pytest.mark.parametrize(("digest", "says"), [("1", "same layout and UUIDs"), ("2", "another man")])
def test_a_manifest_fixes_layout_and_uuids(digest: str, says: str) -> None:
    name = "a-1-1.x86_64.osbuild-manifest.json"
    old, new = file(name, "1", "sidecar"), file(name, digest, "sidecar")
    found = compared(record(old, file("a.raw", "3")), record(new, file("a.raw", "4")))
    assert found.text().startswith(f"compared with task 42: same packages (1); {says}")
    assert found.document()["same_manifest"] is (digest == "1")


def test_every_difference_is_named() -> None:
    rebuilt = {**BASH, "sigmd5": "cc" * 16}
    found = compared(record(rpms=(BASH, ZSH)), record(rpms=(rebuilt, {**ZSH, "nvra": "new-1-1.x"})))
    assert not found.same_packages
    assert found.text() == (
        "compared with task 42: gone: zsh-5-1.x86_64; new: new-1-1.x; rebuilt: bash-5-1.x86_64"
    )


def test_many_differences_fit_a_line() -> None:
    many = tuple({**ZSH, "nvra": f"p{n}-1-1.x"} for n in range(9))
    found = compared(record(rpms=()), record(rpms=many))
    assert found.text().endswith("new: p0-1-1.x, p1-1-1.x, p2-1-1.x, p3-1-1.x, p4-1-1.x and 4 more")
    assert found.document()["new"] == [f"p{n}-1-1.x" for n in range(9)]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"files": [{}], "rpms": []}', b"\xff"])
def test_what_is_no_document_is_none(text: bytes) -> None:
    assert Record.read(text) is None


def test_a_failed_arch_has_a_document_too() -> None:
    found = Record.read(b'{"files": [], "rpms": [], "failure": "Failed in \'x\'"}')
    assert found is not None
    assert found.failed

"""The documents as files: sorted, whole, following their schema."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from koji_imagebuild.model.artifact import Artifact, Kind
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.metadata import Used
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.pipeline import documents
from koji_imagebuild.pipeline.rebuild.history import History
from koji_imagebuild.pipeline.rebuild.plan import Again, Plan, Reuse
from koji_imagebuild.pipeline.rebuild.record import Record, compare
from tests.unit.model.json_schema import Schema

from .samples import BAD, DIGEST, GOOD, KIWI, NVR_, REPO, SETTLED, TARGET, address

if TYPE_CHECKING:
    from pathlib import Path

JOB = ArchJob(NVR_, "x86_64", TARGET, REPO, KIWI, BuildOptions(), address(REPO, "x86_64"))
USED = Used("builder", 42, 500, "KIWI 10.2.1", 1_763_636_400.0)


def test_the_document_of_an_arch(tmp_path: Path) -> None:
    made = documents.arch(JOB, USED, (("root", 1.5),), tmp_path, failure="it's broken: ü")

    assert made.name == "minidist-Disk-1.0.0-3.x86_64.image-build.json"
    text = made.path.read_text()
    document = json.loads(text)
    assert Schema.of_the_documents("arch_document").problems(document) == []
    assert "ü" in text
    assert list(document) == sorted(document)
    assert (made.size, made.sha256) == (
        len(text.encode()),
        hashlib.sha256(text.encode()).hexdigest(),
    )


def test_the_document_of_a_build(tmp_path: Path) -> None:
    made = documents.parent(NVR_, SETTLED, (GOOD, BAD), tmp_path)

    assert made.name == documents.parent_name(NVR_) == "minidist-Disk-1.0.0-3.image-build.json"
    document = json.loads(made.path.read_text())
    assert Schema.of_the_documents("build_document").problems(document) == []
    assert document["arches"]["x86_64"] == {
        "task": 42,
        "optional": False,
        "failure": "",
        "host": "builder",
        "files": ["minidist-Disk-1.0.0-3.x86_64.qcow2"],
    }
    assert document["arches"]["aarch64"]["failure"] == BAD.error


def test_the_document_of_a_rebuild(tmp_path: Path) -> None:
    assert GOOD.result is not None
    parts = {"x86_64": Reuse(GOOD.result), "aarch64": Again("was canceled")}
    before = Record((), ("0" * 64,), {"bash-5-1.x86_64": "aa"}, failed=False)
    compared = {"aarch64": compare(43, before, before)}
    history = History(Plan(41, NVR_, "", "3", parts), compared, {"aarch64": 43})

    made = documents.parent(NVR_, SETTLED, (GOOD, BAD), tmp_path, history)

    document = json.loads(made.path.read_text())
    assert Schema.of_the_documents("build_document").problems(document) == []
    assert document["arches"]["x86_64"]["reused"] is True
    assert document["arches"]["aarch64"]["compared"]["same_bits"] is True
    assert document["arches"]["aarch64"]["manifest_of"] == 43
    assert document["rebuild"] == {"task": 41, "release_stays": True, "why": ""}


def test_an_sbom_an_image_and_none_for_sidecars(tmp_path: Path) -> None:
    made = [
        Artifact(tmp_path / name, name, kind, "", 1, DIGEST)
        for name, kind in (("a.qcow2", Kind.IMAGE), ("b.iso", Kind.IMAGE), ("c", Kind.SIDECAR))
    ]

    written = documents.sboms(made, (), "fedora", tmp_path)

    assert [each.name for each in written] == ["a.qcow2.spdx.json", "b.iso.spdx.json"]
    assert {each.kind for each in written} == {Kind.SIDECAR}

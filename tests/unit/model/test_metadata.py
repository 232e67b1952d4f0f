"""``…image-build.json``: documents that follow their schema, and a schema that can say no."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.metadata import Used, arch_document, now, public
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.rpms import KnownRpm, RpmList
from koji_imagebuild.model.source import Location
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

from .json_schema import FILE, Schema
from .samples import BASH, COMMIT, DIGEST, IMAGE, NVR_, REPO, STDCXX, TARGET, UPLOAD, URL

ARCH = Schema.of_the_documents("arch_document")
USED = Used("builder", 42, 500, "KIWI (next generation) version 10.2.1", 1_763_636_400.9)


def job(location: Location, **options: Any) -> ArchJob[Kiwi]:
    tool = Kiwi(KiwiSource(location, "minidist/minidist.kiwi"), KiwiOptions(profile="Disk"))
    return ArchJob(NVR_, "x86_64", TARGET, REPO, tool, BuildOptions(**options), Repo(""))


def whole() -> dict[str, Any]:
    repos = (Repo("https://example.org/os/?token=secret", priority=5),)
    document = arch_document(
        job(Location(url=URL.replace("#", "?sub#")), repos=repos),
        USED,
        finished=1_763_636_420.0,
        steps=(("root", 7.25), ("create disk image", 5.5)),
        artifacts=(IMAGE,),
        rpms=RpmList((KnownRpm(BASH), KnownRpm(STDCXX, "fedora")), (STDCXX,)),
    )
    loaded: dict[str, Any] = json.loads(json.dumps(document))
    return loaded


def test_the_document_of_an_arch() -> None:
    document = whole()

    assert ARCH.problems(document) == []
    assert document["asked"]["source"] == {
        "path": "minidist/minidist.kiwi",
        "url": f"git+https://127.0.0.1/scm/descriptions#{COMMIT}",
    }
    assert document["asked"]["options"] == {
        "schema": 1,
        "scratch": False,
        "profile": "Disk",
        "repos": [{"baseurl": "https://example.org/os/", "priority": 5}],
    }
    assert (document["started"], document["finished"]) == (
        "2025-11-20T11:00:00Z",
        "2025-11-20T11:00:20Z",
    )
    assert document["rpms"] == [
        {"nvra": "bash-5.2-1.x86_64", "epoch": None, "sigmd5": "ab" * 16},
        {
            "nvra": "libstdc++-13~rc1-2.x86_64",
            "epoch": 1,
            "sigmd5": "cd" * 16,
            "external_repo": "fedora",
        },
        {
            "nvra": "libstdc++-13~rc1-2.x86_64",
            "epoch": 1,
            "sigmd5": "cd" * 16,
            "unknown_to_koji": True,
        },
    ]


def test_the_document_of_a_failed_arch() -> None:
    nothing = Used("builder", 42, 0, "", 0.0)

    document = arch_document(
        job(Location(upload=UPLOAD, sha256=DIGEST), scratch=True),
        nothing,
        finished=1.0,
        steps=(),
        failure="Failed in 'root'",
    )

    assert ARCH.problems(document) == []
    assert document["failure"] == "Failed in 'root'"
    assert document["files"] == document["rpms"] == []


def test_rpms_nobody_asked_a_koji_about() -> None:
    document = arch_document(
        job(Location(url=URL)),
        replace(USED, task_id=0, buildroot_id=0),
        finished=1.0,
        steps=(),
        rpms=RpmList(not_looked_up=(BASH,)),
    )

    assert ARCH.problems(document) == []
    assert document["rpms"] == [
        {
            "nvra": "bash-5.2-1.x86_64",
            "epoch": None,
            "sigmd5": "ab" * 16,
            "not_looked_up": True,
        }
    ]


def test_no_document_says_a_secret() -> None:
    assert "secret" not in json.dumps(whole())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://user:secret@h:8080/a?token=1#f", "https://h:8080/a#f"),
        ("git+ssh://git@h/a.git?m#c0ffee", "git+ssh://h/a.git#c0ffee"),
        (f"upload:{UPLOAD}#sha256={DIGEST}", f"upload:{UPLOAD}#sha256={DIGEST}"),
        ("http://h/$releasever/$basearch", "http://h/$releasever/$basearch"),
    ],
)
def test_public_addresses(url: str, expected: str) -> None:
    assert public(url) == expected


def test_times_are_utc_to_the_second() -> None:
    assert now(0.999) == "1970-01-01T00:00:00Z"


def changed(*path: str | int, to: object) -> dict[str, Any]:
    document = copy.deepcopy(whole())
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return document


@pytest.mark.parametrize("source", ["", f"archive:41/a.json#sha256={DIGEST}"])
def test_sources_that_are_no_repository(source: str) -> None:
    assert ARCH.problems(changed("used", "source", to=source)) == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (changed("schema", to=2), "$.schema is not 1"),
        (changed("secret", to=1), "$.secret is unknown"),
        (changed("arch", to=5), "$.arch is no string"),
        (changed("build", "release", to="1-2"), "$.build.release '1-2' does not match"),
        (changed("build", "scratch", to=0), "$.build.scratch is no boolean"),
        (changed("used", "task", to=True), "$.used.task is no integer"),
        (changed("used", "task", to=-1), "$.used.task is below 0"),
        (changed("used", "source", to="git+https://u@h/p#c"), "$.used.source"),
        (changed("started", to="2025-11-20T11:00:00+01:00"), "$.started"),
        (changed("files", 0, "sha256", to="0" * 63), "$.files[0].sha256"),
        (changed("files", 0, "kind", to="log"), "$.files[0].kind is none of"),
        (changed("rpms", 0, "epoch", to="0"), "$.rpms[0].epoch is no"),
        (changed("steps", 0, to={"step": "root"}), "$.steps[0] lacks ['seconds']"),
        (changed("asked", "options", "repos", to=["http://h/?t=1"]), "$.asked.options.repos[0]"),
        (changed("failure", to=""), "$.failure is short"),
    ],
)
def test_the_schema_can_say_no(document: dict[str, Any], problem: str) -> None:
    assert any(said.startswith(problem) for said in ARCH.problems(document))


def test_a_document_is_of_one_kind_only() -> None:
    both = Schema(json.loads(FILE.read_text()))

    assert both.problems(whole()) == []
    assert both.problems({"schema": 1}) != []

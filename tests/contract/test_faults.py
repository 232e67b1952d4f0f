"""The faults that a build can ask the doubles for: a blueprint's description reaches them all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .programs import FOLDERS

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Done, Program


def manifest(double: Program, rpms: Path, fault: str) -> Done:
    (double.work / "a.json").write_text(json.dumps({"description": f"a test, fault: {fault}"}))
    words = ("--distro=minidist-1", f"--force-repo={rpms.as_uri()}", "--use-librepo=false")
    return double.run("manifest", "container", *words, "--blueprint=a.json")


def build(double: Program, rpms: Path, fault: str, *words: str) -> Done:
    """The manifest of a faulty blueprint, and osbuild on it."""
    (double.work / "m.json").write_text(manifest(double, rpms, fault).stdout)
    script = 'shift; exec osbuild "$@"'
    return double.shell(script, *FOLDERS, *words, "--export", "container", "m.json")


@pytest.mark.parametrize(
    ("fault", "code", "last"),
    [
        ("manifest-crashes", 2, "goroutine 1 [running]:"),
        ("manifest-killed", -9, "Building manifest for minidist-1-container"),
    ],
)
def test_no_manifest(double: Program, rpms: Path, fault: str, code: int, last: str) -> None:
    done = manifest(double, rpms, fault)
    assert (done.code, done.stdout) == (code, "")
    assert done.stderr.splitlines()[-1] == last


def test_a_manifest_is_cut(double: Program, rpms: Path) -> None:
    done = manifest(double, rpms, "manifest-truncated")
    assert done.code == 0
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)


def test_a_manifest_with_two_exports(double: Program, rpms: Path) -> None:
    found = json.loads(manifest(double, rpms, "two-leaves").stdout)
    assert [each["name"] for each in found["pipelines"]][-2:] == ["container", "second"]


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("stage-fails", 1, '"error": {"type": "org.osbuild.error.stage"'),
        ("disk-full", 1, "No space left on device"),
        ("unknown-stage", 2, "could not find schema information for 'org.osbuild.nosuch'"),
        ("manifest-version", 2, "Unsupported manifest format"),
        ("no-pipelines", 1, "Export container not found in []"),
        ("dead-source", 1, "exit code 37"),
        ("wrong-source", 1, "checksum mismatch"),
        ("nosuch", 1, "unknown fault 'nosuch'"),
        ("long-output", 0, "line 3999 of a long output"),
    ],
)
def test_osbuild_says(double: Program, rpms: Path, fault: str, code: int, said: str) -> None:
    done = build(double, rpms, fault, "--json")
    assert (done.code, done.stderr) == (code, "")
    assert said in done.stdout


def test_osbuild_ends_without_a_result(double: Program, rpms: Path) -> None:
    done = build(double, rpms, "traceback", "--json")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback")
    assert build(double, rpms, "killed", "--json").code == -9


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("export-missing", None),
        ("export-empty", set()),
        ("export-double", {"container.tar", "second.img"}),
        ("export-symlink", {"container.tar"}),
    ],
)
def test_what_is_exported(double: Program, rpms: Path, fault: str, names: set[str] | None) -> None:
    assert build(double, rpms, fault, "--json").code == 0
    folder = double.work / "out/container"
    found = {path.name for path in folder.iterdir()} if folder.exists() else None
    assert found == names


def test_records_that_are_cut(double: Program, rpms: Path) -> None:
    done = build(double, rpms, "monitor-cut", "--monitor", "JSONSeqMonitor", "--quiet")
    assert done.code == 0
    last = done.stdout.split("\x1e")[-1]
    assert last.startswith('{"message": "Finished pipel')
    done = build(double, rpms, "result-cut", "--json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)

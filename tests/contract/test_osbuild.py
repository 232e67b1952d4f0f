"""What osbuild 191 does with its arguments and with a manifest."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from . import manifests
from .programs import FOLDERS, run

if TYPE_CHECKING:
    from .programs import Program

_VALIDATION = "https://osbuild.org/validation-error"


def test_version(osbuild: Program) -> None:
    said = osbuild.run("--version").stdout
    assert re.fullmatch(r"osbuild \d+\n", said)
    assert not osbuild.is_double or said == "osbuild 191\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the following arguments are required: MANIFEST"),
        (("--nosuch", "-"), "unrecognized arguments: --nosuch"),
        (("--cache-max-size", "20G", "-"), "invalid parse_size value: '20G'"),
        (("--export",), "argument --export: expected one argument"),
    ],
)
def test_usage(osbuild: Program, words: tuple[str, ...], said: str) -> None:
    done = osbuild.run(*words, stdin="")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: osbuild ")
    assert said in done.stderr


def test_options_may_be_shortened(osbuild: Program) -> None:
    done = run(osbuild, manifests.PLAIN, "--exp", "image", "--cache-max", "20GiB", "--js")
    assert done.code == 0
    assert done.result["success"] is True


def test_the_export_is_written(osbuild: Program) -> None:
    done = run(osbuild, manifests.PLAIN, "--export", "image")
    assert (done.code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("starting -Pipeline image: ")
    assert "manifest - finished successfully" in lines
    assert [line.split(":")[0].strip() for line in lines[lines.index("Pipelines") + 1 :]] == [
        *("os", "image", "", "Checkpoints"),
    ]
    assert (osbuild.work / "out/image/a.img").stat().st_size == 4096


def test_nothing_is_built_without_an_export(osbuild: Program) -> None:
    done = run(osbuild, manifests.PLAIN, "--json")
    assert done.code == 0
    assert done.result == {
        "type": "result",
        "success": True,
        "metadata": {},
        "sources": {"success": True},
        "log": {},
    }
    assert not (osbuild.work / "out").exists()


def test_a_stage_that_fails(osbuild: Program) -> None:
    done = run(osbuild, manifests.failing(), "--export", "image")
    assert (done.code, done.stderr) == (1, "")
    assert done.stdout.endswith("manifest - failed\nFailed\n")
    assert "Error stage will now return error: 3" in done.stdout


def test_a_stage_that_fails_as_json(osbuild: Program) -> None:
    done = run(osbuild, manifests.failing(), "--export", "image", "--json")
    assert (done.code, done.stderr) == (1, "")
    result = done.result
    assert (result["type"], result["success"]) == ("error", False)
    assert result["error"]["type"] == "org.osbuild.error.stage"
    stage = result["error"]["details"]["stage"]
    assert (stage["type"], stage["error"]) == ("org.osbuild.error", None)
    assert stage["output"].endswith("Error stage will now return error: 3\n")
    assert result["log"]["image"][0]["success"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--export", "nope", "--json"), "Export nope not found in ['os', 'image']\nFailed\n"),
        (("--checkpoint", "nope"), "No checkpoints matched provided patterns!\nFailed\n"),
    ],
)
def test_what_the_manifest_has_not(osbuild: Program, words: tuple[str, ...], said: str) -> None:
    done = run(osbuild, manifests.PLAIN, *words)
    assert (done.code, done.stdout, done.stderr) == (1, said, "")


def test_an_export_needs_a_folder(osbuild: Program) -> None:
    words = ("--store", "store", "--export", "image", "-")
    done = osbuild.run(*words, stdin=json.dumps(manifests.PLAIN))
    assert (done.code, done.stdout) == (1, "Need --output-directory for --export\n")


_STAGE = ("pipelines", 1, "stages", 0)


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        (
            manifests.changed(*_STAGE, "type", to="org.osbuild.nosuch"),
            [(list(_STAGE), "could not find schema information for 'org.osbuild.nosuch'")],
        ),
        (
            manifests.changed(*_STAGE, "options", "size", to=None),
            [([*_STAGE, "options"], "'size' is a required property")],
        ),
        (
            manifests.changed(*_STAGE, "options", "sze", to="1"),
            [
                (
                    [*_STAGE, "options"],
                    "Additional properties are not allowed ('sze' was unexpected)",
                )
            ],
        ),
        (
            manifests.changed(*_STAGE, "options", "size", to=7),
            [([*_STAGE, "options", "size"], "7 is not of type 'string'")],
        ),
        (
            manifests.changed("extra", to={}),
            [([], "Additional properties are not allowed ('extra' was unexpected)")],
        ),
    ],
    ids=["unknown stage", "missing", "unknown option", "wrong type", "unknown key"],
)
def test_a_manifest_that_is_not_valid(
    osbuild: Program, document: dict[str, Any], problems: list[tuple[list[Any], str]]
) -> None:
    done = run(osbuild, document, "--export", "image", "--json")
    assert (done.code, done.stderr) == (2, "")
    assert done.result == {
        "type": _VALIDATION,
        "title": "JSON Schema validation failed",
        "success": False,
        "errors": [{"message": message, "path": path} for path, message in problems],
    }
    done = run(osbuild, document, "--export", "image")
    assert (done.code, done.stderr) == (2, "")
    assert done.stdout.startswith("<stdin> has errors:\n\n")
    assert all(f"  {message}\n" in done.stdout for _, message in problems)


@pytest.mark.parametrize("version", ["3", "1.0", ""])
def test_another_version(osbuild: Program, version: str) -> None:
    done = run(osbuild, manifests.changed("version", to=version), "--export", "image", "--json")
    assert (done.code, done.stdout) == (2, "Unsupported manifest format\n")


@pytest.mark.parametrize(
    ("document", "words", "error"),
    [
        ('{"version": "2", "pipel', (), "json.decoder.JSONDecodeError"),
        (
            manifests.changed("pipelines", 0, "runner", to="org.foo.bar"),
            ("--export", "image"),
            "ValueError: No suitable runner for org.foo.bar",
        ),
        (
            manifests.changed("pipelines", 1, "build", to="name:gone"),
            ("--export", "image"),
            "ValueError: Unknown pipeline reference: name:gone",
        ),
        (manifests.PLAIN, ("--monitor", "Nope"), "ValueError: Unknown monitor: Nope"),
    ],
    ids=["truncated", "runner", "reference", "monitor"],
)
def test_what_ends_in_a_traceback(
    osbuild: Program, document: object, words: tuple[str, ...], error: str
) -> None:
    done = run(osbuild, document, "--json", *words)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1].startswith(error)


def test_no_manifest(osbuild: Program) -> None:
    done = osbuild.run("nowhere.json")
    assert done.code == 1
    assert done.stderr.splitlines()[-1].startswith("FileNotFoundError: ")


def test_the_json_monitor(osbuild: Program) -> None:
    words = ("--export", "image", "--monitor", "JSONSeqMonitor")
    done = run(osbuild, manifests.failing(), *words)
    assert done.code == 1
    # splitlines would split at the record separators too
    records = [json.loads(each) for each in done.stdout.removesuffix("Failed\n").split("\x1e")[1:]]
    said = [(each.get("message"), each["progress"]["done"]) for each in records]
    assert [each for each in said if "org.osbuild.error" in str(each[0])] == [
        ("Starting module org.osbuild.error", 0),
        ("Finished module org.osbuild.error", 0),
    ]
    assert said[-2:] == [("Finished pipeline image", 1), ("manifest - failed\n", 1)]
    finished = next(each for each in records if each.get("result"))
    assert finished["result"]["success"] is False
    assert {"name", "id", "success", "output"} <= set(finished["result"])
    full = [each["context"] for each in records if "origin" in each["context"]]
    assert len({each["id"] for each in full}) == len(full)
    assert full[1]["origin"] == "osbuild.monitor"
    assert full[1]["pipeline"]["name"] == "image"
    assert records[0]["progress"] == {"name": "pipelines/sources", "total": 1, "done": 0}


def test_without_etc_containers(osbuild: Program) -> None:
    done = osbuild.shell(
        'rm -r /etc/containers; exec "$@"',
        *(*FOLDERS, "--export", "image", "-"),
        stdin=json.dumps(manifests.PLAIN),
    )
    assert done.code == 1
    assert "special device /etc/containers does not exist" in done.stderr

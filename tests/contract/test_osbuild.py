"""What osbuild 191 does with its arguments and with a manifest."""

from __future__ import annotations

import json
import re
import tarfile
import time
from typing import TYPE_CHECKING, Any

import pytest

from . import manifests

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Done, Program

_FOLDERS = ("--store", "store", "--output-directory", "out")
_VALIDATION = "https://osbuild.org/validation-error"


def run(program: Program, document: object, *words: str) -> Done:
    """Manifest on standard input, the store and the output in the test's folder."""
    text = document if isinstance(document, str) else json.dumps(document)
    return program.run_in_place(*_FOLDERS, *words, "-", stdin=text)


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


def test_packages_are_installed_and_described(osbuild: Program, rpms: Path) -> None:
    files = sorted(rpms.rglob("[!b]*.rpm"))
    done = run(osbuild, manifests.installing(*files), "--export", "archive", "--json")
    assert (done.code, done.stderr) == (0, "")
    result = done.result
    packages = result["metadata"]["os"]["org.osbuild.rpm"]["packages"]
    assert [each["name"] for each in packages] == [
        *("hello", "minidist-filesystem", "minidist-release"),
    ]
    assert (packages[0]["epoch"], packages[1]["epoch"]) == ("1", None)
    assert set(packages[0]) == {
        *("name", "version", "release", "epoch", "arch", "sigmd5", "sha1header"),
        *("sha256header", "sha3_256header", "sigpgp", "siggpg"),
    }
    assert len(packages[0]["sigmd5"]) == 32
    fetched = result["sources"]["org.osbuild.curl"]
    assert {each["checksum"] for each in fetched} == {manifests.checksum(each) for each in files}
    assert list(result["log"]) == ["os", "archive"]
    with tarfile.open(osbuild.work / "out/archive/root.tar") as archive:
        assert "./usr/share/hello" in archive.getnames()


def test_packages_that_do_not_fit(osbuild: Program, rpms: Path) -> None:
    (file,) = rpms.rglob("broken*.rpm")
    done = run(osbuild, manifests.installing(file), "--export", "archive", "--json")
    assert done.code == 1
    output = done.result["error"]["details"]["stage"]["output"]
    assert "libnowhere.so.1 is needed by broken-1-1.noarch" in output


def test_the_ids_of_pipelines(osbuild: Program) -> None:
    """They do not hang on the program, so a manifest's checkpoints are found by any of them."""
    done = run(osbuild, manifests.PLAIN, "--inspect")
    stages = [each["stages"][0]["id"] for each in done.result["pipelines"]]
    assert stages[0] == "beda46704765a47e6d4f44aff22168ae36866c9c0e6e11552b775b77776b2969"


def test_what_is_in_the_store_is_not_fetched(osbuild: Program, rpms: Path) -> None:
    (file,) = rpms.rglob("minidist-filesystem*.rpm")
    document = manifests.installing(file, url="http://127.0.0.1:1/gone")
    seeded = osbuild.work / "store/sources/org.osbuild.files" / manifests.checksum(file)
    seeded.parent.mkdir(parents=True)
    seeded.write_bytes(file.read_bytes())
    done = run(osbuild, document, "--export", "archive", "--json")
    assert done.code == 0
    assert done.result["sources"]["org.osbuild.curl"] == [
        {"cached": True, "checksum": manifests.checksum(file)}
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("gone", "curl: error downloading {url}: exit code 37"),
        ("wrong", "failed to move to target directory: checksum mismatch: {checksum} {url}"),
    ],
)
def test_a_source_that_cannot_be_had(osbuild: Program, rpms: Path, change: str, said: str) -> None:
    (file,) = rpms.rglob("hello*.rpm")
    document = manifests.installing(file)
    item = document["sources"]["org.osbuild.curl"]["items"][manifests.checksum(file)]
    item["url"] = (osbuild.work / "package.rpm").as_uri()
    if change == "wrong":
        (osbuild.work / "package.rpm").write_text("something else")
    done = run(osbuild, document, "--export", "archive", "--json")
    assert (done.code, done.stderr) == (1, "")
    assert done.result["error"] == {
        "type": "org.osbuild.error.source",
        "details": {
            "source": {
                "type": "org.osbuild.curl",
                "output": said.format(url=item["url"], checksum=manifests.checksum(file)),
            }
        },
    }
    assert done.result["sources"]["success"] is False
    assert done.result["log"] == {}


def test_checkpoints_need_a_size(osbuild: Program) -> None:
    words = ("--export", "image", "--checkpoint", "image")
    assert run(osbuild, manifests.PLAIN, *words).stdout.endswith(": not cached\n")
    words = (*words, "--cache-max-size", "unlimited")
    assert run(osbuild, manifests.PLAIN, *words).stdout.endswith(": cached\n")
    assert run(osbuild, manifests.PLAIN, *words, "--json").result["log"] == {}


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
        *(*_FOLDERS, "--export", "image", "-"),
        stdin=json.dumps(manifests.PLAIN),
    )
    assert done.code == 1
    assert "special device /etc/containers does not exist" in done.stderr


#: Starts it, signals it in the middle of a stage, and says how it ended and what is left.
_SIGNALLED = """\
env --default-signal=INT setsid "$@" > log 2>&1 < manifest.json &
until ls store/tmp/host* > listed 2>&1 && grep -q org.osbuild.xz log; do sleep 0.05; done
sleep 0.3
env kill -s "$SIGNAL" -- "$GROUP$!"
wait $!
echo "code $?"
tail -n 1 log
grep -c "$PWD/store" /proc/self/mounts
"""


def signalled(program: Program, name: str, *, group: bool) -> list[str]:
    """Interrupt the packing of a large file."""
    document = manifests.packing(2**33)
    (program.work / "manifest.json").write_text(json.dumps(document))
    script = f"SIGNAL={name} GROUP={'-' if group else ''}\n{_SIGNALLED}"
    return program.shell(script, *_FOLDERS, "--export", "image", "-").stdout.splitlines()


def test_interrupted(osbuild: Program) -> None:
    """All of its group: it ends and leaves nothing."""
    assert signalled(osbuild, "INT", group=True) == ["code 130", "Aborted", "0"]


def test_terminated(osbuild: Program) -> None:
    """It ends on the spot, and its mounts stay."""
    code, _, mounts = signalled(osbuild, "TERM", group=False)
    assert code == "code 143"
    assert int(mounts) > 0


@pytest.mark.parametrize(
    ("distro", "kind"),
    [
        ("minidist-1", "qcow2"),
        ("minidist-1", "minimal-raw-xz"),
        ("minidist-1", "minimal-raw-zst"),
        ("minidist-1", "container"),
        ("almalinux-9.5", "tar"),
    ],
)
def test_manifests_of_the_double_of_image_builder(
    osbuild: Program, double: Program, rpms: Path, distro: str, kind: str
) -> None:
    """They are no toys: the real osbuild builds them."""
    source = (f"--force-repo={rpms.as_uri()}", "--use-librepo=false", "--seed=1")
    document = json.loads(double.run("manifest", kind, "--distro", distro, *source).stdout)
    # the packages here are empty, so no stage can run in a tree of theirs
    document["pipelines"] = [each for each in document["pipelines"] if each.pop("build", None)]
    last = document["pipelines"][-1]
    done = run(osbuild, document, "--export", last["name"], "--json")
    assert (done.code, done.stderr) == (0, "")
    assert set(done.result["metadata"]) == {"os"}
    (artifact,) = (osbuild.work / "out" / last["name"]).iterdir()
    assert artifact.name == last["stages"][-1]["options"]["filename"]
    assert artifact.stat().st_size > 100


@pytest.mark.parametrize("kind", ["qcow2", "container"])
def test_two_builds_of_a_manifest_differ(
    osbuild: Program, double: Program, rpms: Path, kind: str
) -> None:
    """Packages, layout and UUIDs are pinned; the bytes are not."""
    source = (f"--force-repo={rpms.as_uri()}", "--use-librepo=false", "--seed=1")
    text = double.run("manifest", kind, "--distro", "minidist-1", *source).stdout
    document = json.loads(text)
    document["pipelines"] = [each for each in document["pipelines"] if each.pop("build", None)]
    export = document["pipelines"][-1]["name"]
    artifacts = []
    for _ in range(2):
        # times have whole seconds here and there
        time.sleep(1.1)
        assert run(osbuild, document, "--export", export, "--json").code == 0
        (artifact,) = (osbuild.work / "out" / export).iterdir()
        artifacts.append(artifact.read_bytes())
    assert artifacts[0] != artifacts[1]

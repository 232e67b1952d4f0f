"""What osbuild makes of sources and packages, and what signals do to it."""

from __future__ import annotations

import json
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from . import manifests
from .programs import FOLDERS, run

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Program


def test_packages_are_installed_and_described(osbuild: Program, rpms: Path) -> None:
    files = sorted(rpms.rglob("[hm]*.rpm"))
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
    return program.shell(script, *FOLDERS, "--export", "image", "-").stdout.splitlines()


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


def test_what_is_inline_is_not_decoded_when_it_is_in_the_store(osbuild: Program) -> None:
    """A manifest without it can be kept, and be built from."""
    document = manifests.writing(b"a secret", withheld=True)
    (name,) = document["sources"]["org.osbuild.inline"]["items"]
    seeded = osbuild.work / "store/sources/org.osbuild.files" / name
    seeded.parent.mkdir(parents=True)
    seeded.touch(0o600)
    seeded.write_bytes(b"a secret")
    done = run(osbuild, document, "--export", "archive", "--json")
    assert done.code == 0
    with tarfile.open(osbuild.work / "out/archive/root.tar") as archive:
        file = archive.getmember("./file")
        assert file.mode == 0o600
        assert archive.extractfile(file).read() == b"a secret"  # type: ignore[union-attr]


def test_what_is_withheld_is_no_data(osbuild: Program) -> None:
    document = manifests.writing(b"a secret", withheld=True)
    done = run(osbuild, document, "--export", "archive", "--json")
    assert done.code != 0


def test_what_is_inline_is_written(osbuild: Program) -> None:
    done = run(osbuild, manifests.writing(b"no secret"), "--export", "archive", "--json")
    assert done.code == 0
    with tarfile.open(osbuild.work / "out/archive/root.tar") as archive:
        assert archive.extractfile("./file").read() == b"no secret"  # type: ignore[union-attr]

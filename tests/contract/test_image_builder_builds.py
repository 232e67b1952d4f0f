"""What a build writes; of the double only: the real one knows no packages that are here."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Done, Program


def build(program: Program, rpms: Path, kind: str, *words: str) -> Done:
    """What the real program knows of no packages for; so only the double is asked."""
    return program.run_in_place(
        *("build", kind, "--distro=minidist-1", f"--force-repo={rpms.as_uri()}"),
        *("--use-librepo=false", "--output-dir=out", "--cache=cache", *words),
    )


def test_a_build(double: Program, rpms: Path) -> None:
    words = ("--with-manifest", "--with-sbom", "--with-buildlog", "--with-upload-result")
    done = build(double, rpms, "qcow2", *words, "--seed=1")
    assert done.code == 0
    base = "minidist-1-generic-qcow2-x86_64"
    assert done.stdout.splitlines()[-1] == f"Image build successful: out/{base}.qcow2"
    assert "Pipeline qcow2: " in done.stdout
    assert done.stderr.splitlines() == [
        "Manifest generation step",
        "Building manifest for minidist-1-qcow2",
        "Image building step",
    ]
    assert {path.name for path in (double.work / "out").iterdir()} == {
        f"{base}.{ending}"
        for ending in (
            *("buildlog", "buildroot-build.spdx.json", "image-os.spdx.json"),
            *("osbuild-manifest.json", "qcow2", "upload-result"),
        )
    }
    log = (double.work / f"out/{base}.buildlog").read_text()
    assert log == "".join(done.stdout.splitlines(keepends=True)[:-1])
    kept = (double.work / f"out/{base}.osbuild-manifest.json").read_text()
    words = ("--distro=minidist-1", f"--force-repo={rpms.as_uri()}", "--use-librepo=false")
    assert double.run("manifest", "qcow2", *words, "--seed=1").stdout == kept


def test_the_seed_decides(double: Program, rpms: Path) -> None:
    words = ("manifest", "minimal-raw-xz", "--distro=minidist-1", f"--force-repo={rpms.as_uri()}")
    seeded = [double.run(*words, "--seed=7").stdout for _ in range(2)]
    assert seeded[0] == seeded[1]
    assert double.run(*words).stdout != double.run(*words).stdout
    assert json.loads(seeded[0])["sources"].keys() == {"org.osbuild.librepo"}


def test_sboms_of_a_distro_with_a_dot(double: Program, rpms: Path) -> None:
    words = ("--distro=almalinux-9.5", f"--force-repo={rpms.as_uri()}", "--output-dir=out")
    assert double.run("manifest", "tar", *words, "--with-sbom").code == 0
    name = "almalinux-9.5-tar-x86_64.5-tar-x86_64"
    assert {path.name for path in (double.work / "out").iterdir()} == {
        f"{name}.buildroot-build.spdx.json",
        f"{name}.image-os.spdx.json",
    }


def test_an_image_that_registers(double: Program, rpms: Path) -> None:
    """pkg/manifest/subscription.go: the key is in one inline file, and nowhere else."""
    given = {"organization": "1234", "activation_key": "sesame", "rhc": True, "proxy": "p:3128"}
    (double.work / "r.json").write_text(json.dumps({"redhat": {"subscription": given}}))
    words = ("--distro=minidist-1", f"--force-repo={rpms.as_uri()}", "--registrations=r.json")
    text = double.run("manifest", "container", *words).stdout
    made = json.loads(text)
    ((name, item),) = made["sources"]["org.osbuild.inline"]["items"].items()
    data = base64.b64decode(item["data"])
    assert data == b"ORG_ID=1234\nACTIVATION_KEY=sesame"
    assert name == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert "sesame" not in text
    unit, copy = made["pipelines"][1]["stages"][-2:]
    assert unit["type"] == "org.osbuild.systemd.unit.create"
    assert unit["options"]["config"]["Service"]["ExecStart"] == [
        "/usr/sbin/subscription-manager config --server.proxy_scheme 'http'",
        "/usr/sbin/subscription-manager config --server.proxy_hostname 'p'",
        "/usr/sbin/subscription-manager config --server.proxy_port '3128'",
        '/usr/bin/rhc connect --organization="${ORG_ID}" --activation-key="${ACTIVATION_KEY}"',
        "/usr/bin/rm '/etc/osbuild-subscription-register.env'",
    ]
    (path,) = copy["options"]["paths"]
    assert path["from"].endswith(name)
    assert path["to"] == "tree:///etc/osbuild-subscription-register.env"


def test_a_trailing_extension_is_no_part_of_a_name(double: Program, rpms: Path) -> None:
    done = double.run_in_place(
        *("build", "tar", "--distro=almalinux-9.5", f"--force-repo={rpms.as_uri()}"),
        *("--output-dir=o.tar.xz", "--output-name=a.tar.xz", "--cache=cache"),
    )
    assert done.stdout.splitlines()[-1] == "Image build successful: o/a.tar.xz"


def test_osbuild_fails(double: Program, rpms: Path) -> None:
    (double.work / "a.json").write_text('{"description": "fault: stage-fails"}')
    done = build(double, rpms, "container", "--blueprint=a.json", "--with-manifest")
    assert done.code == 1
    assert done.stderr.splitlines()[-1] == "error: error running osbuild: exit status 1"
    assert done.stdout.endswith("manifest - failed\nFailed\n")
    names = {path.suffix for path in (double.work / "out").iterdir()}
    assert names == {".json"}


def test_no_osbuild(double: Program, rpms: Path) -> None:
    (double.folder / "osbuild").unlink()
    done = build(double, rpms, "container")
    assert done.stderr.splitlines()[-1] == (
        'error: error running osbuild: exec: "osbuild": executable file not found in $PATH'
    )


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_signals_are_swallowed(double: Program, rpms: Path, name: str) -> None:
    (double.work / "a.json").write_text('{"description": "fault: slow 2"}')
    script = f"""
env --default-signal=INT setsid "$@" > log 2>&1 &
until grep -q org.minidist.fault log; do sleep 0.05; done
kill -s {name} $!
wait $!
echo "code $?"; tail -n 1 log
"""
    words = ("--distro=minidist-1", f"--force-repo={rpms.as_uri()}", "--blueprint=a.json")
    done = double.shell(script, "build", "container", *words, "--cache=cache", "--output-dir=out")
    code, last = done.stdout.splitlines()
    assert code == "code 0"
    assert last.startswith("Image build successful: ")

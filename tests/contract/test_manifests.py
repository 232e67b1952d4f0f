"""What image-builder 79 makes manifests of, and that this project reads them."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.manifest import document, withheld

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Done, Program

COMMIT = "ab" * 32


class Maker:
    """Makes manifests of the definitions that are here, of the RPMs that are here."""

    def __init__(self, program: Program, definitions: Path, rpms: Path) -> None:
        self.program = program
        self._words = (f"--force-defs-dir={definitions}", f"--force-repo={rpms.as_uri()}")

    def make(self, kind: str, *words: str, **files: object) -> Done:
        """:param files: JSON, by flag"""
        for flag, content in files.items():
            (self.program.work / f"{flag}.json").write_text(json.dumps(content))
        given = (f"--{flag}={flag}.json" for flag in files)
        return self.program.run(
            *("manifest", kind, "--distro=fedora-43", "--seed=7", "--use-librepo=false"),
            *(*self._words, *words, *given),
        )


@pytest.fixture
def maker(image_builder: Program, definitions: Path, rpms: Path) -> Maker:
    return Maker(image_builder, definitions, rpms)


def test_a_manifest_is_read(maker: Maker, rpms: Path) -> None:
    made = maker.make("tree", "--with-sbom", "--output-dir=out")

    assert made.code == 0
    assert made.stdout == maker.make("tree").stdout
    read = document.read(made.stdout.encode(), "it")
    assert read.export(None) == "archive"
    assert [each.name for each in read.payload("archive")] == ["os", "archive"]
    assert read.pipeline("archive").file == "tree.tar.xz"
    assert read.distribution("archive") == "fedora"
    assert all(each.url.startswith(rpms.as_uri()) and each.sha256 for each in read.sources)
    found = {each.url.rpartition("/")[2].rpartition("-1-1")[0] for each in read.sources}
    assert found == {"busybox", "hello", "minidist-filesystem", "minidist-release"}
    assert {path.name for path in (maker.program.work / "out").iterdir()} == {
        f"fedora-43-tree-{platform.machine()}.{role}.spdx.json"
        for role in ("buildroot-build", "image-os")
    }


def test_a_commit_follows_another(maker: Maker, served: tuple[str, Path]) -> None:
    url, folder = served
    (folder / "refs/heads/a").mkdir(parents=True)
    (folder / "refs/heads/a/b").write_text(f"{COMMIT}\n")

    for words in (("--ostree-parent=a/b", "--ostree-ref=c"), ("--ostree-ref=a/b",)):
        made = maker.make("commit", f"--ostree-url={url}", *words)
        assert f'"parent": "{COMMIT}"' in made.stdout
    made = maker.make("commit", "--ostree-ref=c/d")
    assert '"ref": "c/d"' in made.stdout
    assert '"parent"' not in made.stdout


def test_a_commit_that_is_not_there(maker: Maker, served: tuple[str, Path]) -> None:
    url, _ = served
    said = 'error: error resolving ostree commit for "os": '

    made = maker.make("commit", f"--ostree-url={url}", "--ostree-parent=a/b")
    where = f'ostree repository "{url}/refs/heads/a/b"'
    assert made.stderr.splitlines()[-1] == f"{said}{where} returned status: 404 File not found"

    url = "http://127.0.0.1:1"
    made = maker.make("commit", f"--ostree-url={url}", "--ostree-parent=a/b")
    where = f'ostree repository "{url}/refs/heads/a/b"'
    last = made.stderr.splitlines()[-1]
    assert last.startswith(f"{said}error sending request to {where}: ")
    assert last.endswith("connection refused")


@pytest.mark.parametrize("more", [{}, {"insights": True, "proxy": "p.example:3128"}])
def test_registrations_are_taken_out(maker: Maker, more: dict[str, object]) -> None:
    given = {"organization": "1234", "activation_key": "sesame-0815", **more}
    content = {"redhat": {"subscription": given}}

    made = maker.make("tree", registrations=content)

    secret = registrations.read(json.dumps(content).encode(), "it", "it")
    kept = withheld.withhold(made.stdout.encode(), secret, "tree")
    assert document.read(kept, "it").withheld == {secret.checksum}


def test_fips_is_a_warning_and_warnings_are_errors(maker: Maker) -> None:
    blueprint = {"customizations": {"fips": True}}
    said = "The host building this image is not running in FIPS mode."

    made = maker.make("commit", blueprint=blueprint)
    assert made.code == 1
    assert f"error: Warnings during manifest creation:\n{said}" in made.stderr

    assert maker.make("commit", "--ignore-warnings", blueprint=blueprint).code == 0


@pytest.mark.parametrize(
    ("kind", "path"), [("directories", "/usr/x"), ("files", "/usr/x"), ("files", "/etc/passwd")]
)
def test_paths_that_are_not_allowed(maker: Maker, kind: str, path: str) -> None:
    made = maker.make("tree", blueprint={"customizations": {kind: [{"path": path}]}})
    assert made.stderr.splitlines()[-1] == (
        'error: blueprint validation failed for image type "tree": '
        f'the following custom {kind} are not allowed: ["{path}"]'
    )


def test_a_repository_may_be_for_packages_too(maker: Maker) -> None:
    repository = {"id": "a", "baseurls": ["http://127.0.0.1:1/x"], "install_from": True}
    made = maker.make("tree", blueprint={"customizations": {"repositories": [repository]}})
    assert made.code == 0


def test_definitions_that_are_not_there(image_builder: Program) -> None:
    done = image_builder.run("manifest", "tree", "--distro=fedora-43", "--force-defs-dir=no")
    assert "cannot find image for" in done.stderr

"""What image-builder 79 does with its arguments, a blueprint and a repository."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .programs import Done, Program

_SEED = 'invalid argument "abc" for "--seed" flag: strconv.ParseInt: parsing "abc": invalid syntax'
_MAYBE = (
    'invalid argument "maybe" for "--with-manifest" flag: '
    'strconv.ParseBool: parsing "maybe": invalid syntax'
)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("build",), "accepts 1 arg(s), received 0"),
        (("build", "a", "b"), "accepts 1 arg(s), received 2"),
        (("manifest",), "accepts 1 arg(s), received 0"),
        (("build", "--preview", "true", "qcow2"), "accepts 1 arg(s), received 2"),
        (("build", "--with-sbom", "true", "qcow2"), "accepts 1 arg(s), received 2"),
        (("build", "qcow2", "--with-manifest=maybe"), _MAYBE),
        (("manifest", "qcow2", "--seed", "abc"), _SEED),
        (("manifest", "qcow2", "--nosuch"), "unknown flag: --nosuch"),
        (("manifest", "qcow2", "--dist", "fedora-43"), "unknown flag: --dist"),
        (("manifest", "qcow2", "--Distro", "fedora-43"), "unknown flag: --Distro"),
        (("manifest", "qcow2", "-x"), "unknown shorthand flag: 'x' in -x"),
        (("manifest", "qcow2", "-vx"), "unknown shorthand flag: 'x' in -x"),
        (("manifest", "qcow2", "--distro"), "flag needs an argument: --distro"),
        (("manifest", "qcow2", "--output-name", "a"), "unknown flag: --output-name"),
        (("manifest", "qcow2", "--cache", "a"), "unknown flag: --cache"),
        (("manifest", "qcow2", "--progress", "a"), "unknown flag: --progress"),
        (
            ("manifest", "iso", "--installer-payload-ref", "a"),
            "unknown flag: --installer-payload-ref",
        ),
        (("bad-command",), 'unknown command "bad-command" for "image-builder"'),
        (("list", "extra"), 'unknown command "extra" for "image-builder list"'),
        (
            ("buil", "qcow2"),
            'unknown command "buil" for "image-builder"\n\nDid you mean this?\n\tbuild\n',
        ),
    ],
)
def test_usage(image_builder: Program, words: tuple[str, ...], error: str) -> None:
    done = image_builder.run(*words)
    assert (done.code, done.stdout, done.stderr) == (1, "", f"error: {error}\n")


def test_help_is_no_error(image_builder: Program) -> None:
    done = image_builder.run()
    assert (done.code, done.stderr) == (0, "")
    assert "Usage:\n  image-builder" in done.stdout


def test_version(image_builder: Program) -> None:
    done = image_builder.run("version", "--format", "json")
    assert done.code == 0
    facts = json.loads(done.stdout)["image-builder"]
    assert set(facts) == {"version", "commit", "dependencies"}
    assert facts["dependencies"]["osbuild"].isdigit()
    done = image_builder.run("version", "--format", "nope")
    assert done.stderr == 'error: unsupported format "nope", supported formats: yaml, json\n'


def test_list(image_builder: Program) -> None:
    words = ("--filter", "distro:fedora-43", "--filter", "type:minimal-raw*")
    done = image_builder.run("list", *words, "--filter", "arch:x86_64")
    assert done.stdout == (
        "fedora-43 type:minimal-raw-xz arch:x86_64\nfedora-43 type:minimal-raw-zst arch:x86_64\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--distro", "fedora-43", "describe", "qcow2"),
        ("describe", "qcow2", "--distro=centos-9", "--distro", "fedora-43"),
        ("describe", "--distro", "distro:fedora-43", "--", "type:generic-qcow2"),
    ],
)
def test_flags_stand_anywhere(image_builder: Program, words: tuple[str, ...]) -> None:
    done = image_builder.run(*words)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("@WARNING - the output format is not stable yet")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ("qcow2", "--distro", "nosuch-1", "--arch", "x86_64"),
            'cannot find image for: distro:"nosuch-1" type:"qcow2" arch:"x86_64"',
        ),
        (
            ("nosuch", "--distro", "fedora-43", "--arch", "x86_64"),
            'cannot find image for: distro:"fedora-43" type:"nosuch" arch:"x86_64"',
        ),
        (
            ("qcow2", "--distro", "fedora-*"),
            'cannot use globs in "fedora-*" when getting a single image',
        ),
        (
            ("qcow2", "--distro", "fedora-43", "--force-repo", "/srv/x"),
            'scheme missing in "/srv/x", please prefix with e.g. file:// or https://',
        ),
        (
            ("qcow2", "--distro", "fedora-43", "--ostree-ref", "a/b"),
            'OSTree is not supported for "generic-qcow2"',
        ),
        (
            ("iot-commit", "--distro", "fedora-43", "--ostree-parent", "a/b"),
            "ostree parent ref specified, but no URL to retrieve it",
        ),
        (
            ("qcow2", "--distro", "fedora-43", "--bootc-ref", "localhost/a"),
            "cannot use --distro with --bootc-ref",
        ),
        (
            ("qcow2", "--distro", "fedora-43", "--registrations", "nowhere"),
            "cannot open registrations file: open nowhere: no such file or directory",
        ),
        (
            ("qcow2", "--distro", "fedora-43", "--blueprint", "-"),
            'cannot decode "-": EOF',
        ),
    ],
)
def test_what_cannot_be_made(image_builder: Program, words: tuple[str, ...], error: str) -> None:
    done = image_builder.run("manifest", *words, stdin="")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == f"error: {error}"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"suse": {}}, 'json: unknown field "suse"'),
        ({"redhat": {"subscription": {"org": "1"}}}, 'json: unknown field "org"'),
    ],
)
def test_registrations_of_others(image_builder: Program, content: object, error: str) -> None:
    (image_builder.work / "r.json").write_text(json.dumps(content))
    words = ("--distro", "fedora-43", "--registrations", "r.json")
    done = image_builder.run("manifest", "qcow2", *words)
    assert (done.code, done.stdout) == (1, "")
    said = f"error: cannot parse registrations file: {error}"
    assert done.stderr.splitlines()[-1] == said


def test_the_host_chooses_the_distro(image_builder: Program) -> None:
    done = image_builder.run("manifest", "nosuch")
    first, second = done.stderr.splitlines()
    assert re.fullmatch(
        r'No distro name specified, selecting ".*" based on host, use --distro to override', first
    )
    assert second.startswith('error: cannot find image for: distro:"')


def test_a_folder_without_repositories(image_builder: Program) -> None:
    folder = image_builder.work / "empty"
    folder.mkdir()
    done = image_builder.run("manifest", "qcow2", "--distro=fedora-43", "--force-repo-dir", folder)
    assert done.stderr == (
        f"error: no repositories found in the given paths: [{folder}/repositories {folder}]/[]\n"
    )


def test_old_names_of_flags_spoil_the_manifest(image_builder: Program, rpms: Path) -> None:
    done = image_builder.run("manifest", "nosuch", "--distro=fedora-43", "--data-dir", rpms)
    said = "Flag --data-dir has been deprecated, Use --force-repo-dir instead"
    assert done.stdout == f"{said}\n"


def manifest(program: Program, rpms: Path, *words: str) -> Done:
    return program.run(
        *("manifest", "qcow2", "--distro", "fedora-43", "--force-repo", rpms.as_uri(), *words)
    )


def test_a_repository_that_is_away(image_builder: Program) -> None:
    url = "http://127.0.0.1:1/x"
    words = ("--distro", "fedora-43", "--force-repo", url)
    done = image_builder.run("manifest", "container", *words)
    assert (done.code, done.stdout) == (1, "")
    assert "\nBuilding manifest for fedora-43-container\n" in f"\n{done.stderr}"
    assert "error depsolving package sets for" in done.stderr
    assert "DNF error occurred: RepoError: There was a problem reading a repository" in done.stderr
    assert f"[forced repo#0 127.0.0.1:1/x: {url}]" in done.stderr


def test_extra_repositories_are_not_beside_forced_ones(image_builder: Program, rpms: Path) -> None:
    done = manifest(image_builder, rpms, "--extra-repo", "http://127.0.0.1:1/x")
    assert "RepoError" not in done.stderr


def test_a_package_that_is_missing(image_builder: Program, rpms: Path) -> None:
    (image_builder.work / "a.json").write_text('{"packages": [{"name": "nosuchpkg"}]}')
    done = manifest(image_builder, rpms, "--blueprint", "a.json")
    assert (done.code, done.stdout) == (1, "")
    assert "DNF error occurred: MarkingErrors: Error occurred when marking" in done.stderr
    assert "\nmissing packages: " in done.stderr


def test_the_cache_comes_first(image_builder: Program) -> None:
    done = image_builder.run_in_place("build", "nosuch", "--distro=nosuch-1", "--cache=/proc/x")
    assert done.code == 1
    assert done.stderr.startswith('error: cannot create cache directory "/proc/x": ')
    assert done.stderr.endswith("\nHint: use --cache to specify a writable path\n")


def test_a_failure_leaves_the_output_folder(image_builder: Program) -> None:
    words = ("--distro=fedora-43", "--output-dir=out", "--force-repo=http://127.0.0.1:1/x")
    done = image_builder.run_in_place("build", "qcow2", *words)
    assert done.code == 1
    assert list((image_builder.work / "out").iterdir()) == []


def test_no_virtual_machine(image_builder: Program) -> None:
    done = image_builder.run_in_place("build", "qcow2", "--distro=fedora-43", "--in-vm")
    assert done.stderr == "error: running in VM outside container is not supported yet\n"

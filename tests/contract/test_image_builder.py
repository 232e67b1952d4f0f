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


BLUEPRINTS = {
    "bogus.json": ('{"bogus": 1}', 'json: unknown field "bogus"'),
    "type.json": (
        '{"customizations": {"hostname": 7}}',
        (
            "json: cannot unmarshal number into Go struct field "
            "Customizations.customizations.hostname of type string"
        ),
    ),
    "number.json": (
        '{"customizations": {"repositories": [{"priority": 1.5}]}}',
        (
            "json: cannot unmarshal number 1.5 into Go struct field "
            "RepositoryCustomization.customizations.repositories.priority of type int"
        ),
    ),
    "inner.json": ('{"customizations": {"rpm": {"bad": 1}}}', 'json: unknown field "bad"'),
    "comma.json": (
        '{"name": "a",}',
        "invalid character '}' looking for beginning of object key string",
    ),
    "cut.json": ('{"name": "a"', "unexpected EOF"),
    "empty.json": ("", "EOF"),
    "unknown.toml": (
        'nme = "a"\n[customizations]\nfoo = 1\n',
        "unknown keys found: [nme customizations.foo]",
    ),
    "table.toml": (
        '[packages]\nname = "a"\n',
        (
            'toml: line 1 (last key "packages"): incompatible types: '
            "TOML value has type map[string]any; destination has type slice"
        ),
    ),
    "type.toml": (
        "name = 7\n",
        (
            'toml: line 1 (last key "name"): incompatible types: '
            "TOML value has type int64; destination has type string"
        ),
    ),
}


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_a_blueprint_that_cannot_be_decoded(image_builder: Program, name: str) -> None:
    content, error = BLUEPRINTS[name]
    (image_builder.work / name).write_text(content)
    done = image_builder.run("manifest", "qcow2", "--distro=fedora-43", f"--blueprint={name}")
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr == f'error: cannot decode "{name}": {error}\n'


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.json", "{}{}", 'multiple configuration objects or extra data found in "a.json"'),
        ("a.yaml", "{}", 'unsupported file extension for "a.yaml" (please use .toml or .json)'),
        (
            "a.json",
            '{"distro": "centos-9"}',
            (
                'error selecting distro name, cmdline argument "fedora-43" is different from '
                'blueprint "centos-9"'
            ),
        ),
    ],
)
def test_a_blueprint_that_is_refused(
    image_builder: Program, name: str, content: str, error: str
) -> None:
    (image_builder.work / name).write_text(content)
    done = image_builder.run("manifest", "qcow2", "--distro=fedora-43", f"--blueprint={name}")
    assert (done.code, done.stdout, done.stderr) == (1, "", f"error: {error}\n")


@pytest.mark.parametrize("content", ["null", '{"name": null}', '{"NAME": "a"}', "{}"])
def test_a_blueprint_that_is_odd_and_valid(image_builder: Program, content: str) -> None:
    (image_builder.work / "a.json").write_text(content)
    done = image_builder.run("manifest", "nosuch", "--distro=fedora-43", "--blueprint=a.json")
    assert "cannot find image for" in done.stderr


def test_no_blueprint_there(image_builder: Program) -> None:
    done = image_builder.run("manifest", "qcow2", "--distro=fedora-43", "--blueprint=/no.json")
    assert done.stderr == (
        'error: cannot open blueprint file "/no.json": open /no.json: no such file or directory\n'
    )


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

"""How image-builder decodes blueprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .programs import Program

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

"""Blueprints are checked key by key, and nothing secret passes or is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.tools.image_builder.blueprint import Blueprint
from koji_imagebuild.tools.image_builder.blueprint_keys import BLUEPRINT, ListOf, Struct

HASHED = "$6$rounds=5000$salt$hash"


def of(value: object) -> Blueprint:
    return Blueprint.of(value, "b.json")


def customized(**changes: object) -> dict[str, Any]:
    return {"customizations": changes}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"packages": [{"name": "bash", "version": "*"}], "distro": "fedora-44"},
        customized(hostname="h", fips=True, kernel={"append": "console=ttyS0"}),
        customized(user=[{"name": "a", "password": HASHED, "groups": ["wheel"], "uid": 1000}]),
        customized(filesystem=[{"mountpoint": "/var", "minsize": "2 GiB"}]),
        customized(disk={"partitions": [{"mountpoint": "/", "minsize": 4096, "fs_type": "xfs"}]}),
        customized(files=[{"path": "/etc/a", "user": 0, "mode": "0644", "data": "x"}]),
        customized(installer={"kickstart": {"contents": f"rootpw --iscrypted {HASHED}\ntext\n"}}),
        customized(rhsm={"config": {"dnf_plugins": {"product_id": {"enabled": True}}}}),
        customized(repositories=[{"id": "r", "baseurls": ["https://h/$basearch"]}]),
        customized(bootloader={"grub2": {"terminal_input": ["serial"], "serial": "serial"}}),
    ],
)
def test_what_is_a_blueprint(value: dict[str, Any]) -> None:
    assert of(value).to_wire() == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "b.json: expected a struct, got list"),
        ({"nme": "x", "b": 1}, "b.json: unknown key b, nme; it has architecture, containers"),
        (customized(foo=1), "b.json.customizations: unknown key foo; it has"),
        ({"name": 7}, "b.json.name: expected string, got int"),
        (customized(fips=1), "b.json.customizations.fips: expected boolean, got int"),
        (customized(user=[{"uid": True}]), r"user\[0\].uid: expected int, got boolean"),
        (customized(hostname=5), "b.json.customizations.hostname: expected string, got int"),
        ({"packages": ["bash"]}, r"b.json.packages\[0\]: expected a struct, got string"),
        ({"packages": {"name": "bash"}}, "b.json.packages: expected a list, got struct"),
        (
            customized(disk={"partitions": [{"bogus": 1}]}),
            r"disk.partitions\[0\]: unknown key bogus",
        ),
        (
            customized(filesystem=[{"minsize": [1]}]),
            r"filesystem\[0\].minsize: expected int or string",
        ),
    ],
)
def test_what_is_none_is_named(value: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        of(value)


SECRET = "hunter2"  # what must not be repeated


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"user": [{"name": "a", "password": SECRET}]}, "user[0].password"),
        ({"installer": {"kickstart": {"contents": f"text\nrootpw {SECRET}"}}}, "kickstart"),
        (
            {"installer": {"kickstart": {"contents": f"user --name=a --password={SECRET}"}}},
            "kickstart",
        ),
        (
            {"installer": {"kickstart": {"contents": f"rhsm --activation-key={SECRET}"}}},
            "kickstart",
        ),
        ({"firstboot": {"scripts": [{"command": f"curl -u {SECRET}"}]}}, "scripts[0].command"),
        ({"firstboot": {"scripts": [{"host_config_key": SECRET}]}}, "host_config_key"),
        ({"repositories": [{"baseurls": [f"https://u:{SECRET}@h/"]}]}, "repositories[0]"),
    ],
)
def test_a_secret_has_no_place_in_a_public_request(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(RequestError) as caught:
        of(customized(**changes))

    assert place in caught.value.text()
    assert "public" in caught.value.text()
    assert SECRET not in caught.value.text()


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert of({"name": "a", "version": "1"}).digest == of({"version": "1", "name": "a"}).digest
    assert of({"name": "a"}).digest != of({"name": "b"}).digest


def test_a_blueprint_has_a_size() -> None:
    with pytest.raises(RequestError, match=r"b\.json is longer than 1 MiB"):
        of({"description": "x" * (1 << 20)})


def test_the_distribution_it_names() -> None:
    assert of({"distro": "fedora-44"}).distro == "fedora-44"
    assert of({"distro": ""}).distro is None


def test_every_key_has_a_kind() -> None:
    """A kind of another sort would let everything pass."""

    def bad(kind: object, where: str) -> list[str]:
        if isinstance(kind, Struct):
            return [p for key, inner in kind.keys.items() for p in bad(inner, f"{where}.{key}")]
        if isinstance(kind, ListOf):
            return bad(kind.kind, f"{where}[]")
        is_types = isinstance(kind, tuple) and all(isinstance(each, type) for each in kind)
        return [] if is_types and kind else [where]

    assert bad(BLUEPRINT, "blueprint") == []


def test_nothing_of_it_is_lost_on_the_way() -> None:
    value = customized(user=[{"name": "ä", "uid": 2**40}])

    assert json.loads(of(value).text) == value

"""What can be asked of image-builder, and what is refused before a task exists."""

from __future__ import annotations

import re
from typing import Any

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.wire import Reader
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource

SOURCE: dict[str, Any] = {"name": "Fedora-Minimal", "version": "44", "types": ["minimal-raw-xz"]}
BOOTC: dict[str, Any] = {
    "ref": "h:5000/minimal@sha256:" + "0" * 64,
    "build-ref": "h.example/build:44",
    "installer-payload-ref": "h.example/payload",
    "default-fs": "xfs",
}
OPTIONS: dict[str, Any] = {
    "distro": "fedora-44",
    "ostree": {"url": "https://h/$arch", "ref": "fedora/44/$basearch/iot", "parent": "a" * 64},
    "extra_repos": ["https://h/extra/$basearch"],
    "seed": -(2**63),
    "preview": False,
    "image_size": "10 GiB",
    "registrations": "rhel",
}


def options(**changes: object) -> ImageBuilderOptions:
    reader = Reader(changes, "opts")
    found = ImageBuilderOptions.read(reader)
    reader.finish()
    return found


def source(**changes: object) -> ImageBuilderSource:
    return ImageBuilderSource.read(Reader({**SOURCE, **changes}, "source"))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"blueprint": {"packages": [{"name": "bash"}]}},
        {
            "types": ["qcow2", "iso"],
            "defs_url": "git+https://h/defs#main",
            "defs_path": "44/fedora",
        },
    ],
)
def test_a_source_is_the_same_on_both_ends(changes: dict[str, Any]) -> None:
    assert source(**changes).to_wire() == {**SOURCE, **changes}


@pytest.mark.parametrize("given", [OPTIONS, {"bootc": BOOTC}])
def test_options_are_the_same_on_both_ends(given: dict[str, Any]) -> None:
    assert options(**given).to_wire() == given


@pytest.mark.parametrize("key", [*OPTIONS, "bootc"])
def test_every_option_may_be_none(key: str) -> None:
    assert options(**{key: None}) == ImageBuilderOptions()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"types": []}, "at least one image type"),
        ({"types": ["-h"]}, "'-h' is not a name"),
        ({"types": ["type:*"]}, "is not a name"),
        ({"types": ["qcow2", "qcow2"]}, "named twice"),
        ({"version": "4-4"}, "hyphen"),
        ({"name": "../x"}, "is not a name"),
        ({"blueprint": {"nme": 1}}, "source.blueprint: unknown key nme"),
        ({"defs_url": "/home/me"}, "source.defs_url: '/home/me' is not a Koji SCM URL"),
        ({"defs_path": "../up"}, "source.defs_path: '../up' is not a path inside"),
        ({"bogus": 1}, "source: unknown option 'bogus'"),
    ],
)
def test_what_a_source_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        source(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"distro": "--help"}, "opts.distro: '--help' is not a name"),
        ({"seed": 2**63}, "opts.seed: more than the 64 bits"),
        ({"seed": "7"}, "opts.seed: expected a whole number"),
        ({"image_size": "big"}, "opts.image_size: 'big' is not a size"),
        ({"image_size": "--seed=1"}, "is not a size"),
        ({"ostree": {"ref": "a/../b"}}, "opts.ostree.ref: 'a/../b' is not an OSTree ref"),
        ({"ostree": {"parent": "-x"}}, "opts.ostree.parent: '-x' is not an OSTree ref"),
        ({"ostree": {"url": "file:///etc"}}, "opts.ostree.url: 'file:///etc' is not an http"),
        ({"ostree": {"url": "https://u:p@h/"}}, "holds a user name or a password"),
        ({"ostree": {"parent": "a/b"}}, "opts.ostree.parent: there is no opts.ostree.url to look"),
        ({"ostree": {"rf": "x"}}, "opts.ostree: unknown option 'rf'"),
        ({"bootc": {"ref": "docker://h/x"}}, "opts.bootc.ref: 'docker://h/x' is not a container"),
        ({"distro": "a-1", "bootc": BOOTC}, "opts.distro and opts.bootc.ref exclude each other"),
        ({"bootc": {"ref": "--all"}}, "is not a container image"),
        ({"bootc": {"default-fs": "x fs"}}, "opts.bootc.default-fs: 'x fs' is not a name"),
        ({"preview": "true"}, "opts.preview: expected a boolean"),
        ({"extra_repos": ["file:///"]}, "opts.extra_repos[0]: 'file:///' is not an http"),
        ({"registrations": "../rhel"}, "opts.registrations: expected the name that builders keep"),
        ({"registrations": {"redhat": {}}}, "opts.registrations: expected a string, got struct"),
    ],
)
def test_what_options_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        options(**changes)

"""Every door reads the same request, and says which argument is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import koji.xmlrpcplus
import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.pipeline import doors

from .samples import DIGEST, UPLOAD, URL

SOURCE = {"url": URL, "path": "minidist/minidist.kiwi"}
FOLDER = {"upload": UPLOAD, "sha256": DIGEST, "path": "minidist.kiwi"}
EVERY_OPTION: dict[str, Any] = {
    "schema": 1,
    "scratch": True,
    "skip_tag": True,
    "fail_fast": True,
    "optional_arches": ["aarch64"],
    "name": "another",
    "release": "1.fc44",
    "repos": ["http://h/$basearch", {"metalink": "https://i/", "priority": 5}],
    "use_buildroot_repo": True,
    "event": 1284,
    "wait_repo": True,
    "wait_builds": ["bash-5-1"],
    "profile": "Disk",
    "type": ["oem", "docker"],
    "type_attr": ["kernelcmdline=console=ttyS0"],
    "result_bundle_name_format": "%N-%v-%I.%T.%A",
    "version": "1.0.0",
    "repo_releasever": "44",
    "make_prep": True,
}


def over_the_wire(arguments: list[object]) -> list[object]:
    sent = koji.xmlrpcplus.dumps(tuple(arguments), methodname="call", allow_none=True)
    return list(koji.xmlrpcplus.loads(sent)[0])


@pytest.mark.parametrize("source", [SOURCE, FOLDER])
@pytest.mark.parametrize("opts", [{"scratch": True}, EVERY_OPTION])
def test_a_request_is_the_same_on_both_ends(
    source: dict[str, object], opts: dict[str, object]
) -> None:
    request = doors.image_build_local("minidist", ["x86_64", "aarch64"], "kiwi", source, opts)

    arguments = over_the_wire(doors.arguments(request))

    assert doors.read("imageBuildLocal", arguments) == request


def test_every_option_is_on_the_wire_as_it_came() -> None:
    request = doors.image_build_local("minidist", ["aarch64"], "kiwi", SOURCE, EVERY_OPTION)

    assert doors.options_to_wire(request) == EVERY_OPTION


@pytest.mark.parametrize("key", [*EVERY_OPTION, "repo_id", "failable_arches", "mount_dev"])
def test_every_optional_value_may_be_none(key: str) -> None:
    plain = doors.image_build_local("minidist", [], "kiwi", SOURCE)

    assert doors.image_build_local("minidist", None, "kiwi", SOURCE, {key: None}) == plain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("minidist", [], "packer", SOURCE), "tool: 'packer' is not known; there is image-builder"),
        (("minidist", [], None, SOURCE), "tool: expected a string, got NoneType"),
        ((None, [], "kiwi", SOURCE), "target: expected a string, got NoneType"),
        (("-x", [], "kiwi", SOURCE), "target: '-x' is not the name of a build target"),
        (("t", "x86_64", "kiwi", SOURCE), "request.arches: expected a list, got string"),
        (("t", [1], "kiwi", SOURCE), r"request.arches\[0\]: expected a string, got int"),
        (("t", [], "kiwi", URL), "source: expected a struct, got string"),
        (("t", [], "kiwi", {"url": URL}), "source.path is missing"),
        (("t", [], "kiwi", {"path": "a"}), "source: exactly one of url and upload is needed"),
        (("t", [], "kiwi", {**SOURCE, "branch": "x"}), "source: unknown option 'branch'"),
        (("t", [], "kiwi", {**SOURCE, "path": "../a"}), "source.path: '../a' is not a path inside"),
        (("t", [], "kiwi", {**SOURCE, "url": 5}), "source.url: expected a string, got int"),
        (("t", [], "kiwi", SOURCE, []), "opts: expected a struct, got list"),
        (("t", [], "kiwi", SOURCE, {"proflie": "x"}), "opts: unknown option 'proflie'"),
        (("t", [], "kiwi", SOURCE, {"schema": 2}), "opts.schema is 2"),
        (("t", [], "kiwi", SOURCE, {"profile": "-x"}), "opts.profile: '-x' is not a name"),
        (("t", [], "kiwi", SOURCE, {"type": ["oem", 1]}), r"opts.type\[1\]: expected a string"),
        (("t", [], "kiwi", SOURCE, {"type": ["oem", "oem"]}), "opts.type: a type is named twice"),
        (("t", [], "kiwi", SOURCE, {"version": "1-0"}), "opts.version: '1-0' holds a hyphen"),
        (("t", [], "kiwi", SOURCE, {"repo_releasever": "$(id)"}), "opts.repo_releasever"),
        (
            ("t", [], "kiwi", SOURCE, {"result_bundle_name_format": "../%N"}),
            "opts.result_bundle_name_format: '../%N' is not a file name pattern",
        ),
        (("t", [], "kiwi", FOLDER), "A local folder can only be built as a scratch build"),
    ],
)
def test_what_is_wrong_is_named(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        doors.image_build_local(*arguments)


@pytest.mark.parametrize(
    "attribute",
    ['x=")+__import__("os").system("id")+("', "x=a\\", "x=\n", "X=1", "=1", "x", "__x-y=1", "x=\0"],
)
def test_type_attributes_with_code_in_them(attribute: str) -> None:
    """kiwi evaluates them as Python."""
    with pytest.raises(RequestError, match=r"opts.type_attr: .* is not key=value"):
        doors.image_build_local("t", [], "kiwi", SOURCE, {"type_attr": [attribute]})


#: What ``kiwiBuild`` of Koji's own hub plugin puts into a task (plugins/hub/kiwi.py, 1.35).
KOJIS_OPTS = {
    "scratch": True,
    "profile": "Cloud-Base-Azure",
    "version": "44",
    "release": "20261120.n.0",
    "optional_arches": ["aarch64"],
    "repos": ["http://h/compose/$basearch/os"],
    "repo_releasever": "44",
    "make_prep": True,
    "type": "oem",
    "use_buildroot_repo": True,
    "type_attr": ["format=vhd-fixed"],
    "result_bundle_name_format": "%N-%v-%I.%A",
}


def test_kiwi_build_is_the_same_request_and_fails_fast() -> None:
    arguments: list[object] = ["f44", ["x86_64", "aarch64"], URL, "Fedora.kiwi", KOJIS_OPTS]

    request = doors.read("kiwiBuild", over_the_wire(arguments))

    ours = doors.image_build_local(
        "f44", ["x86_64", "aarch64"], "kiwi", {"url": URL, "path": "Fedora.kiwi"}, KOJIS_OPTS
    )
    assert request.options.fail_fast
    assert request == replace(ours, options=replace(ours.options, fail_fast=True))


def test_kiwi_build_leaves_the_file_names_to_kiwi() -> None:
    request = doors.kiwi_build("f44", [], URL, "Fedora.kiwi", {})

    assert "result_bundle_name_format" not in doors.options_to_wire(request)
    assert request.options == BuildOptions(fail_fast=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("t", [], None, "a.kiwi"), "desc_url: expected a string, got NoneType"),
        (("t", [], URL, 5), "desc_path: expected a string, got int"),
        (("t", [], URL, "/etc/a.kiwi"), "source.path: '/etc/a.kiwi' is not a path inside"),
        (("t", [], "upload:x#sha256=y", "a"), "source.url: 'upload:x#sha256=y' is not a Koji SCM"),
        (("t", [], URL, "a", {"flavour": 1}), "opts: unknown option 'flavour'"),
    ],
)
def test_what_kiwi_build_refuses(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        doors.kiwi_build(*arguments)

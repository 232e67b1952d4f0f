"""Options and requests: the same after a trip over the wire, and every refusal."""

from __future__ import annotations

import koji.xmlrpcplus
import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions, ImageRequest
from koji_imagebuild.model.target import RepoChoice
from koji_imagebuild.model.wire import Reader

REPO = Repo("https://example.org/os/")


def read(wire: object) -> BuildOptions:
    reader = Reader(wire, "opts")
    options = BuildOptions.read(reader)
    reader.finish()
    return options


def over_the_wire(value: object) -> object:
    sent = koji.xmlrpcplus.dumps((value,), methodname="call", allow_none=True)
    return koji.xmlrpcplus.loads(sent)[0][0]


@pytest.mark.parametrize(
    "options",
    [
        BuildOptions(),
        BuildOptions(scratch=True),
        BuildOptions(skip_tag=True, fail_fast=True, allow_unknown_rpms=True),
        BuildOptions(optional_arches=("x86_64", "aarch64")),
        BuildOptions(name="a-name", release="1.fc44"),
        BuildOptions(repos=(REPO, Repo("https://example.org/", "metalink", 3))),
        BuildOptions(repos=(REPO,), use_buildroot_repo=True),
        BuildOptions(repos=(REPO,), use_buildroot_repo=False),
        BuildOptions(use_buildroot_repo=True),
        BuildOptions(repo=RepoChoice(repo_id=7)),
        BuildOptions(repo=RepoChoice(event=1284)),
        BuildOptions(repo=RepoChoice(wait=True, builds=("a-1-1", "b-1-1"))),
    ],
)
def test_both_ways(options: BuildOptions) -> None:
    assert read(over_the_wire(options.to_wire())) == options


def test_what_was_not_given_is_not_sent() -> None:
    assert BuildOptions().to_wire() == {"schema": 1, "scratch": False}


ALL_KEYS = (
    "schema",
    "scratch",
    "skip_tag",
    "fail_fast",
    "allow_unknown_rpms",
    "optional_arches",
    "failable_arches",
    "name",
    "release",
    "repos",
    "use_buildroot_repo",
    "repo_id",
    "event",
    "wait_repo",
    "wait_builds",
)


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_optional_value_may_be_none(key: str) -> None:
    assert read({key: None}) == BuildOptions()


def test_two_words_for_arches_that_may_fail() -> None:
    assert read({"failable_arches": ["s390x"]}) == read({"optional_arches": ["s390x"]})


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        ({"schema": 2}, "opts.schema is 2, this plugin reads up to 1"),
        ({"schema": "1"}, "opts.schema: expected a whole number"),
        ({"scratch": "yes"}, "opts.scratch: expected a boolean, got string"),
        ({"repos": "http://h/"}, "opts.repos: expected a list, got string"),
        ({"repos": ["http://h/", "x", 3]}, r"opts.repos\[1\]: 'x' is not an http"),
        ({"repos": ["http://h/", "http://i/", 3]}, r"opts.repos\[2\]: expected a string, got int"),
        ({"optional_arches": ["../x"]}, "opts.optional_arches: '../x' is not an architecture"),
        ({"name": ""}, "opts.name: '' is not a name"),
        ({"name": "-x"}, "opts.name: '-x' is not a name"),
        ({"release": ""}, "opts.release: '' is not a version"),
        ({"release": "1-2"}, "opts.release: '1-2' holds a hyphen"),
        ({"repo_id": 1, "event": 2}, "opts: repo_id and event exclude each other"),
        ({"repo_id": True}, "opts.repo_id: expected a whole number, got boolean"),
        ({"use_buildroot_repo": False}, "opts: without the build root's repository"),
        ({"sctrach": True}, "opts: unknown option 'sctrach'"),
    ],
)
def test_what_is_wrong_is_named(wire: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read(wire)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (BuildOptions(), True),
        (BuildOptions(repos=(REPO,)), False),
        (BuildOptions(repos=(REPO,), use_buildroot_repo=True), True),
        (BuildOptions(repos=(REPO,), use_buildroot_repo=False), False),
    ],
)
def test_the_build_roots_repository_stands_in_for_none(
    options: BuildOptions,
    expected: bool,  # noqa: FBT001
) -> None:
    assert options.with_buildroot_repo is expected


@pytest.mark.parametrize(
    ("target", "arches", "optional", "message"),
    [
        ("-t", (), (), "target: '-t' is not the name of a build target"),
        ("a b", (), (), "target: 'a b' is not the name of a build target"),
        ("t", ("x86_64", "--help"), (), "arches: '--help' is not an architecture"),
        ("t", ("x86_64",), ("s390x",), "optional_arches: s390x is not among the arches"),
    ],
)
def test_requests_that_are_refused(
    target: str, arches: tuple[str, ...], optional: tuple[str, ...], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        ImageRequest(target, arches, None, BuildOptions(optional_arches=optional))


def test_without_arches_any_may_be_optional() -> None:
    request = ImageRequest("t", (), None, BuildOptions(optional_arches=("s390x",)))

    assert request.options.optional_arches == ("s390x",)

"""Repositories: addresses that are safe to publish, variables, both forms on the wire."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.repo import Repo, check_url, expand

PLAIN = "https://example.org/$releasever/$basearch/os/"


@pytest.mark.parametrize(
    ("url", "arch", "releasever", "expected"),
    [
        ("http://h/$arch", "x86_64", None, "http://h/x86_64"),
        ("http://h/$basearch", "i686", None, "http://h/i386"),
        ("http://h/$arch", "i686", None, "http://h/i686"),
        ("http://h/$basearch/$arch", "armv7hl", None, "http://h/armhfp/armv7hl"),
        ("http://h/$releasever/$arch", "aarch64", "44", "http://h/44/aarch64"),
        ("http://h/$releasever", "aarch64", None, "http://h/$releasever"),
        ("http://h/$basearch-$basearch", "x86_64", "1", "http://h/x86_64-x86_64"),
        ("http://h/$other", "x86_64", "1", "http://h/$other"),
    ],
)
def test_variables(url: str, arch: str, releasever: str | None, expected: str) -> None:
    assert expand(url, arch, releasever) == expected


def test_keys_have_variables_too() -> None:
    repo = Repo(PLAIN, gpgkeys=("https://example.org/KEY-$arch",), priority=5)

    expanded = repo.expanded("x86_64", "44")

    assert expanded.url == "https://example.org/44/x86_64/os/"
    assert expanded.gpgkeys == ("https://example.org/KEY-x86_64",)
    assert expanded.priority == 5


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://user:secret@h/", "holds a user name or a password"),
        ("http://user@h/", "holds a user name or a password"),
        ("htpps://user:secret@h/", "holds a user name or a password"),
        ("http://@h/", "holds a user name or a password"),
        ("http://h/a,b", "comma"),
        ("http://h/a b", "space"),
        (" http://h/", "space"),
        ("http://h/\n", "space"),
        ("http://h/\0", "space"),
        ("http://h/'x", "quote"),
        ('http://h/"x', "quote"),
        ("http://h/{x}", "brace"),
        ("http://h/\\x", "backslash"),
        ("file:///srv/repo", "not an http, https or ftp address"),
        ("/srv/repo", "not an http, https or ftp address"),
        ("http:///nohost", "not an http, https or ftp address"),
        ("--repo", "not an http, https or ftp address"),
        ("", "not an http, https or ftp address"),
        ("http://[::1/", "is not an address"),
    ],
)
def test_addresses_that_are_refused(url: str, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        check_url(url, "opts.repos[0]")

    assert "opts.repos[0]" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "repo",
    [
        Repo(PLAIN),
        Repo(PLAIN, kind="metalink"),
        Repo(PLAIN, priority=1),
        Repo(PLAIN, in_image=True),
        Repo(
            PLAIN,
            "mirrorlist",
            99,
            ("https://example.org/k1", "https://example.org/k2"),
            in_image=True,
        ),
    ],
)
def test_both_ways(repo: Repo) -> None:
    assert Repo.from_wire(repo.to_wire(), "opts.repos[0]") == repo


def test_a_string_where_a_string_says_it_all() -> None:
    assert Repo(PLAIN).to_wire() == PLAIN
    assert Repo(PLAIN, priority=9).to_wire() == {"baseurl": PLAIN, "priority": 9}


def test_none_for_what_is_optional() -> None:
    wire = {"baseurl": PLAIN, "metalink": None, "priority": None, "gpgkeys": None, "in_image": None}

    assert Repo.from_wire(wire, "opts.repos[0]") == Repo(PLAIN)


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (5, r"opts.repos\[2\]: expected a string, got int"),
        ({}, r"opts.repos\[2\]: exactly one of baseurl, metalink, mirrorlist is needed"),
        ({"baseurl": PLAIN, "metalink": PLAIN}, "exactly one of"),
        ({"baseurl": PLAIN, "priority": 0}, r"opts.repos\[2\].priority: 0 is not between 1 and 99"),
        ({"baseurl": PLAIN, "priority": "9"}, r"repos\[2\].priority: expected a whole number"),
        ({"baseurl": PLAIN, "gpgkeys": ["file:///etc/k"]}, r"opts.repos\[2\].gpgkeys\[0\]"),
        ({"baseurl": PLAIN, "proxy": "x"}, r"opts.repos\[2\]: unknown option 'proxy'"),
        ({"metalink": "nothing"}, r"opts.repos\[2\].metalink"),
    ],
)
def test_what_is_wrong_is_named(wire: object, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        Repo.from_wire(wire, "opts.repos[2]")

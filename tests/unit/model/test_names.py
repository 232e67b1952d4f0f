"""What users may call things."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names

#: Nothing a user names may be any of these.
HOSTILE = (
    "",
    "-rf",
    "--config=/etc/passwd",
    "..",
    "../etc",
    "a/b",
    "/etc",
    "a b",
    "a\n",
    "a\nb",
    "a\0b",
    "a\tb",
    "a;b",
    "$(id)",
    "a'b",
    'a"b',
    "a\\b",
    "ä",
    "a\u202eb",
    "１",  # noqa: RUF001  # a digit to isdigit(), no digit to Koji
)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("check", [names.package_name, names.version, names.word, names.arch])
def test_hostile_values_are_refused(check: object, value: str) -> None:
    with pytest.raises(RequestError, match=r"^opts.x: "):
        check(value, "opts.x")  # type: ignore[operator]


@pytest.mark.parametrize("value", ["minidist-Disk", "gcc-c++", "_x", "9front", "a.b_c+d-e"])
def test_package_names(value: str) -> None:
    assert names.package_name(value, "name") == value


@pytest.mark.parametrize(
    "value", ["1.0.0", "43_Beta", "20261120.n.0", "1~rc1", "1^git4a78eb5", "RC1"]
)
def test_versions(value: str) -> None:
    assert names.version(value, "version") == value


@pytest.mark.parametrize("value", ["1-0", "-1", "1-"])
def test_a_version_with_a_hyphen_is_told_how_to_do_without(value: str) -> None:
    with pytest.raises(RequestError, match="holds a hyphen, and Koji splits") as caught:
        names.version(value, "opts.version")

    assert repr(value.replace("-", "_")) in caught.value.repair


@pytest.mark.parametrize("value", ["Cloud-Base-Azure", "oem", "f44-image", "user@host", "x86_64"])
def test_words(value: str) -> None:
    assert names.word(value, "profile") == value


@pytest.mark.parametrize("value", ["x86_64", "aarch64", "ppc64le", "i686", "noarch"])
def test_arches(value: str) -> None:
    assert names.arch(value, "arch") == value


@pytest.mark.parametrize("value", ["X86_64", "x86-64", "x86.64"])
def test_no_arches(value: str) -> None:
    with pytest.raises(RequestError, match="is not an architecture"):
        names.arch(value, "arch")


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("minidist.kiwi", "minidist.kiwi"),
        ("a/b/c.kiwi", "a/b/c.kiwi"),
        ("./a//b.kiwi", "a/b.kiwi"),
        ("a b/ü.kiwi", "a b/ü.kiwi"),
        ("a/..b", "a/..b"),
    ],
)
def test_relative_paths(value: str, normal: str) -> None:
    assert names.relative_path(value, "source.path") == normal


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/etc/passwd",
        "..",
        "a/../../b",
        "a/..",
        "-rf",
        "a/-rf",
        "a\\b",
        "a\nb",
        "a\0b",
        "a\u202eb",
    ],
)
def test_paths_that_leave_or_mislead(value: str) -> None:
    with pytest.raises(RequestError, match=r"^source.path: "):
        names.relative_path(value, "source.path")


@pytest.mark.parametrize(
    "value",
    [
        "git+https://host/repo#main",
        "git+http://127.0.0.1:8080/scm/descriptions#4a78eb5",
        "git://host/repo?sub/folder#origin/main",
        "git+ssh://git@host/repo.git#v1.0",
        "svn+https://host/trunk?a#42",
    ],
)
def test_scm_urls(value: str) -> None:
    assert names.scm_url(value, "source.url") == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("https://host/repo#main", "is not a Koji SCM URL"),
        ("git+https://host/repo", "is not a Koji SCM URL"),
        ("git+https://host/repo#", "is not a Koji SCM URL"),
        ("git+file:///srv/repo#main", "is not a Koji SCM URL"),
        ("git+https://host/re po#main", "is not a Koji SCM URL"),
        ("git+https://host/repo#main\n", "is not a Koji SCM URL"),
        ("git+https://host/repo#ma\0in", "is not a Koji SCM URL"),
        ("ext::sh -c id% >/tmp/x#main", "is not a Koji SCM URL"),
        ("git+https://-oProxyCommand=id/repo#main", "looks like an option"),
        ("git+ssh://git@-oProxyCommand=id/repo#main", "looks like an option"),
        ("git+ssh://-oProxyCommand=id@host/repo#main", "looks like an option"),
        ("git+https://host/repo#--upload-pack=id", "looks like an option"),
        ("git+https://user@host/repo#main", "holds credentials"),
        ("git+https://user:secret@host/repo#main", "holds credentials"),
        ("https://user:secret@host/repo#main", "holds credentials"),
        ("git+ssh://git:secret@host/repo#main", "holds credentials"),
    ],
)
def test_scm_urls_that_are_refused(value: str, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        names.scm_url(value, "source.url")

    assert "source.url" in str(caught.value)
    assert "secret" not in str(caught.value)

"""Requests that cannot be honoured: who says so, how early, and in which words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import koji as koji_library
import pytest

from .batch import Asked, Ended, assert_refused, end, run, submit
from .described import tiny
from .under_test import task_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .under_test import Koji

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    # koji's fastUpload does not close what it uploads.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]

PATH = "tiny/tiny.kiwi"
MINIDIST = "minidist/minidist.kiwi"
INJECTION = 'kernelcmdline="+__import__("os").system("id")+"'
NAME_RULE = "is not a name: letters, digits and . _ + - only"
WORD_RULE = "is not a name: letters, digits and . _ + - @ only"
ATTRIBUTE_RULE = "key: small letters and _; value: printable, without quote or backslash"
PATH_RULE = "Give it relative to the repository's top, without .."


@dataclass(frozen=True)
class Typed:
    """A command line and what it answers.

    :param words: what is typed; URL and FOLDER stand for the descriptions
    """

    words: tuple[str, ...]
    says: str
    status: int = 2
    user: str = "releng"


REFUSED = {
    "target": Typed(("nosuch", "URL", PATH), "No such build target: nosuch", status=1),
    "arch": Typed(
        ("minidist", "URL", PATH, "--arch", "s390x"),
        "Target minidist has no arch s390x; it has {arch}",
        status=1,
    ),
    "permission": Typed(
        ("minidist", "URL", PATH),
        "image permission required (logged in as nobody)\n"
        "An admin grants it with: koji grant-permission image nobody",
        status=1,
        user="nobody",
    ),
    "priority": Typed(
        ("minidist", "URL", PATH, "--priority=-3"),
        "only admins may create high-priority tasks",
        status=1,
    ),
    "hyphen": Typed(
        ("minidist", "URL", PATH, "--version", "1-0"),
        "--version: '1-0' holds a hyphen, and Koji splits N-V-R at hyphens\nUse '1_0' or '1.0'",
    ),
    "release": Typed(
        ("minidist", "URL", PATH, "--release", "1-0"),
        "--release: '1-0' holds a hyphen, and Koji splits N-V-R at hyphens\nUse '1_0' or '1.0'",
    ),
    "name-dash": Typed(("minidist", "URL", PATH, "--name=-x"), f"--name: '-x' {NAME_RULE}"),
    "name-slash": Typed(("minidist", "URL", PATH, "--name", "../x"), f"--name: '../x' {NAME_RULE}"),
    "profile-dash": Typed(
        ("minidist", "URL", PATH, "--profile=-Disk"), f"--profile: '-Disk' {WORD_RULE}"
    ),
    "profile-slash": Typed(
        ("minidist", "URL", PATH, "--profile", "a/b"), f"--profile: 'a/b' {WORD_RULE}"
    ),
    "type-dash": Typed(("minidist", "URL", PATH, "--type=-o"), f"--type: '-o' {WORD_RULE}"),
    "code": Typed(
        ("minidist", "URL", PATH, "--type-attr", INJECTION),
        f"--type-attr: {INJECTION!r} is not key=value\n{ATTRIBUTE_RULE}",
    ),
    "no-value": Typed(
        ("minidist", "URL", PATH, "--type-attr", "kernelcmdline"),
        f"--type-attr: 'kernelcmdline' is not key=value\n{ATTRIBUTE_RULE}",
    ),
    "format-slash": Typed(
        ("minidist", "URL", PATH, "--bundle-format", "%N/%A"),
        "--bundle-format: '%N/%A' is not a file name pattern",
    ),
    "path-dots": Typed(
        ("minidist", "URL", "../tiny.kiwi"),
        f"PATH: '../tiny.kiwi' is not a path inside the checkout\n{PATH_RULE}",
    ),
    "path-absolute": Typed(
        ("minidist", "URL", "/etc/passwd"),
        f"PATH: '/etc/passwd' is not a path inside the checkout\n{PATH_RULE}",
    ),
    "path-dash": Typed(
        ("minidist", "URL", "--", "-tiny.kiwi"),
        f"PATH: '-tiny.kiwi' is not a path inside the checkout\n{PATH_RULE}",
    ),
    "password": Typed(
        ("minidist", "git+https://me:secret@example.org/x#main", PATH),
        "SOURCE holds credentials, and requests are public",
    ),
    "no-scm": Typed(
        ("minidist", "https://example.org/x", PATH),
        "SOURCE: 'https://example.org/x' is not a Koji SCM URL\n"
        "Write it like git+https://HOST/PATH#BRANCH",
    ),
    "file-repo": Typed(
        ("minidist", "URL", PATH, "--repo", "file:///etc"),
        "--repo[0]: 'file:///etc' is not an http, https or ftp address\n"
        "Build roots reach repositories by network only",
    ),
    "real-folder": Typed(
        ("minidist", "FOLDER"),
        "A local folder can only be built as a scratch build: nobody could rebuild it\n"
        "Add --scratch, or push the folder to a repository",
    ),
    "folder-profile": Typed(
        ("minidist", "FOLDER", "--scratch", "--profile", "Dsik"),
        'x.kiwi has no profile "Dsik"; it has none',
        status=1,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_before_there_is_a_task(
    name: str, koji: Koji, descriptions: str, tmp_path: Path
) -> None:
    typed = REFUSED[name]
    (tmp_path / "x.kiwi").write_text(tiny())
    stands_for = {"URL": descriptions, "FOLDER": str(tmp_path)}
    words = [stands_for.get(word, word) for word in typed.words]
    ran = koji.run("image-build-local", "kiwi", *words, user=typed.user, status=typed.status)
    says = typed.says.format(arch=koji.arch) if "{arch}" in typed.says else typed.says
    assert ran.err == "error: " + says.replace("\n", "\n       ") + "\n"
    assert task_of(ran.text) == 0


@dataclass(frozen=True)
class Sent:
    """A call past the command line, and what the hub answers."""

    says: str
    source: Mapping[str, object] = field(default_factory=dict)
    opts: Mapping[str, object] = field(default_factory=dict)
    target: object = "minidist"
    arches: object = ()
    tool: object = "kiwi"
    kind: type[Exception] = koji_library.ParameterError


UPLOAD = {"url": None, "upload": "cli-image-build-local/x/y.tar.gz", "sha256": "0" * 64}
SENT = {
    "tool": Sent("tool: 'kwii' is not known; there is image-builder, kiwi", tool="kwii"),
    "key": Sent("opts: unknown option 'profle'", opts={"profle": "x"}),
    "source-key": Sent("source: unknown option 'branch'", source={"branch": "x"}),
    "newer": Sent("opts.schema is 2, this plugin reads up to 1", opts={"schema": 2}),
    "kind": Sent("opts.repos[1]: expected a string, got int", opts={"repos": ["http://x/", 5]}),
    "target": Sent("target: expected a string, got list", target=["minidist"]),
    "arches": Sent("request.arches[0]: expected a string, got int", arches=[1]),
    "code": Sent(
        f"opts.type_attr: {INJECTION!r} is not key=value", opts={"type_attr": [INJECTION]}
    ),
    "two-sources": Sent("source: url and upload exclude each other", source={
        "upload": UPLOAD["upload"], "sha256": UPLOAD["sha256"]}),
    "real-upload": Sent("A local folder can only be built as a scratch build", source=UPLOAD),
    "foreign-upload": Sent(
        "source.upload: 'tasks/1/1/x.tar.gz' is not a folder uploaded for this",
        source={**UPLOAD, "upload": "tasks/1/1/x.tar.gz"}, opts={"scratch": True}),
    "upload-dots": Sent(
        "source.upload: 'cli-image-build-local/../x.tar.gz' is not a folder uploaded for this",
        source={**UPLOAD, "upload": "cli-image-build-local/../x.tar.gz"}, opts={"scratch": True}),
    "no-digest": Sent(
        "source.sha256: expected 64 hex digits", source={**UPLOAD, "sha256": "beef"},
        opts={"scratch": True}),
    "unknown-rpms": Sent(
        "This hub does not import images with RPMs it does not know"
        " (allow_unknown_rpms in image_build_local.conf)",
        opts={"allow_unknown_rpms": True}, kind=koji_library.ActionNotAllowed),
}  # fmt: skip


@pytest.mark.parametrize("name", SENT)
def test_the_hub_checks_what_no_command_line_checked(
    name: str, koji: Koji, descriptions: str
) -> None:
    sent = SENT[name]
    source = {"url": descriptions, "path": PATH, **sent.source}
    with pytest.raises(sent.kind) as caught:
        koji.session().imageBuildLocal(
            sent.target, list(sent.arches), sent.tool, source, dict(sent.opts)
        )
    assert str(caught.value).startswith(sent.says)


WRONG = {
    "profile": (
        Asked(MINIDIST, {"profile": "Dsik"}),
        'minidist/minidist.kiwi has no profile "Dsik"; it has Disk, Container, Live, WSL',
    ),
    "package": (
        Asked(PATH, {"name": "stranger"}),
        (
            "Package stranger is not in the list of tag minidist-candidate\n"
            "koji add-pkg --owner OWNER minidist-candidate stranger"
        ),
    ),
    "repository": (Asked(PATH, {"repo_id": 4711}), "There is no repository 4711"),
    "host": (
        Asked(PATH, url="git+http://192.0.2.1/x#main"),
        "192.0.2.1:/x is not in the list of allowed SCMs",
    ),
    "down": (
        Asked(PATH, url="git+http://127.0.0.1:1/x#main"),
        "git clone of http://127.0.0.1:1/x failed\n\n  Cloning into",
    ),
    "file-type": (
        Asked(MINIDIST, {"profile": "Disk", "type_attr": ["format=vhd-fixed"]}),
        (
            "The hub does not know the file type of minidist-Disk-1.0.0-1.{arch}.vhdfixed.xz:"
            " the build would fail at its import\nAn admin adds it with: koji call addArchiveType"
            " 'vhdfixed.xz' 'KIND' 'vhdfixed.xz'"
        ),
    ),
}


@pytest.fixture(scope="module")
def wrong(koji: Koji, descriptions: str) -> dict[str, Ended]:
    """Every one of them, asked for at once."""
    asked = {name: asked for name, (asked, _) in WRONG.items()}
    return run(koji, descriptions, asked)


@pytest.mark.parametrize("name", WRONG)
def test_the_parent_refuses_before_it_opens_a_build(
    name: str, koji: Koji, wrong: dict[str, Ended]
) -> None:
    assert_refused(koji, wrong[name], WRONG[name][1].format(arch=koji.arch))


def test_a_branch_that_is_not_there(koji: Koji, descriptions: str) -> None:
    address = descriptions.partition("+")[2].partition("#")[0]
    url = descriptions.replace("#main", "#nosuch")
    ended = end(koji, submit(koji, url, Asked(PATH)))
    assert_refused(koji, ended, f"{address} has no branch, tag or commit nosuch\n\n  ")
    assert ended.text.endswith("\n\nlog: checkout.log")


def test_what_the_parent_says_is_what_the_user_sees(koji: Koji, descriptions: str) -> None:
    built = koji.build("kiwi", koji.target, descriptions, MINIDIST, "--profile", "Dsik")
    assert built.ran.status == 1
    assert built.ran.out.endswith(
        f"\n{built.task} imageBuildLocal failed\n\n"
        '  minidist/minidist.kiwi has no profile "Dsik"; it has Disk, Container, Live, WSL\n'
    )
    assert built.ran.err == ""

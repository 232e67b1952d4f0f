"""``--here``: a tool's own options without those of a Koji."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.cli.kiwi import KIWI
from koji_imagebuild.cli.tools import TOOLS
from koji_imagebuild.errors import RequestError
from koji_imagebuild.here import arguments

if TYPE_CHECKING:
    from pathlib import Path

PACKED = {"upload": "cli-image-build-local/here/description.tar.gz", "sha256": "0" * 64}
URL = "https://example.org/f44/$basearch/"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "tiny.kiwi").write_text("<image/>")
    return str(tmp_path)


def parse(*words: str) -> arguments.HereOptions:
    return arguments.parse(["kiwi", "--here", *words])


def refused(*words: str) -> str:
    with pytest.raises(RequestError) as caught:
        parse(*words).request(PACKED)
    return str(caught.value)


def test_one_repository_is_for_the_build_root_too(folder: str) -> None:
    options = parse(folder, "--repo", URL, "--profile=Disk", "--type=oem,iso")

    assert options.root_repos == (f"https://example.org/f44/{platform.machine()}",)
    assert options.output is None
    request = options.request(PACKED)
    assert request.arches == (options.arch,)
    assert request.options.scratch
    assert [repo.url for repo in request.options.repos] == [URL]
    assert request.tool.options_to_wire()["type"] == ["oem", "iso"]


def test_the_build_root_may_have_its_own(folder: str) -> None:
    words = ("--root-repo=https://a/os", "--root-repo=https://b/$releasever", "--releasever=44")
    options = parse(folder, f"--repo={URL},priority=5", *words, "--output=out", "--json")

    assert options.root_repos == ("https://a/os", "https://b/44")
    assert str(options.output) == "out"
    assert options.json


def test_a_repository_of_sources() -> None:
    source = "git+https://example.org/descriptions#f44"
    options = parse(source, "a/b.kiwi", f"--repo={URL}")

    assert options.source.folder is None
    assert options.request({}).tool.location.url == source


def test_options_in_a_file(folder: str, tmp_path: Path) -> None:
    (tmp_path / "cloud.conf").write_text(f"repo = {URL}\n[kiwi]\nprofile = Disk\n")

    options = parse(folder, f"--config={tmp_path / 'cloud.conf'}", "--scratch")

    assert options.opts["profile"] == "Disk"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--repo is missing"),
        (("--repo=/srv/repo",), "python3 -m http.server"),
        (("--repo=file:///srv/repo",), "by network only"),
        (("--repo=https://a/", "--root-repo=./repo"), "--root-repo ./repo"),
        (("--repo=https://u:p@a/",), "user name or a password"),
        (("--repo=https://a/$releasever",), "--releasever"),
        (("--repo=https://a/m,metalink",), "--root-repo URL"),
        (("--repo=https://a/", "--arch=s390x"), "--arch s390x: this machine builds"),
        (("--repo=https://a/", "--skip-tag"), "--skip-tag means nothing with --here"),
        (("--repo=https://a/", "--repo-id=5"), "--repo-id=5 means nothing"),
        (("--repo=https://a/", "--name=-x"), "--name: '-x' is not a name"),
        (("--repo=https://a/", "../x"), "PATH: '../x' is not a path inside"),
        (("--repo=https://a/", "--release=1-2"), "--release: '1-2' holds a hyphen"),
        (("--repo=https://a/", "--type-attr=a;b"), "--type-attr: 'a;b' is not key=value"),
        (("--repo=https://a/", "more", "words"), "unrecognized arguments"),
    ],
)
def test_refused(folder: str, words: tuple[str, ...], told: str) -> None:
    assert told in refused(folder, *words)


def test_a_manifest_says_itself_where_packages_are(tmp_path: Path) -> None:
    pipelines = [{"name": "image"}]
    (tmp_path / "m.json").write_text(json.dumps({"version": "2", "pipelines": pipelines}))
    words = ["manifest", "--here", "tiny", "1", str(tmp_path / "m.json")]

    with pytest.raises(RequestError, match="--root-repo is missing"):
        arguments.parse(words)
    options = arguments.parse([*words, "--root-repo=https://a/os"])
    assert options.root_repos == ("https://a/os",)
    assert options.source.upload_as == "manifest.json"
    assert options.request(PACKED).tool.name == "manifest"


@pytest.mark.parametrize("words", [(), ("--here",), ("tar", "--here")])
def test_a_tool_is_named(words: tuple[str, ...]) -> None:
    with pytest.raises(RequestError, match="kiwi"):
        arguments.parse(words)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_every_tool_has_a_form_without_a_koji(tool: object) -> None:
    form = arguments.form(TOOLS[tool.name])  # type: ignore[attr-defined]
    flags = {flag for option in form.options for flag in option.flags}

    assert "TARGET" not in [word.name for word in form.positionals]
    assert {"--root-repo", "--output", "--release", "--json", "--config"} <= flags
    assert not {"--skip-tag", "--can-fail", "--nowait", "--priority", "--wait-build"} & flags


def test_the_usual_form_is_untouched() -> None:
    assert "TARGET" in [word.name for word in KIWI.positionals]
    assert "--skip-tag" in [flag for option in KIWI.options for flag in option.flags]

"""From words to one frozen value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.cli.arguments import CliOptions, parse
from koji_imagebuild.cli.errors import ArgumentsError

if TYPE_CHECKING:
    from pathlib import Path

URL = "git+https://example.org/descriptions#main"


def kiwi(*words: str) -> CliOptions:
    return parse(["kiwi", *words])


def test_options_may_stand_anywhere() -> None:
    expected = kiwi("minidist", URL, "minidist/minidist.kiwi", "--scratch", "--profile", "Disk")
    assert (
        kiwi("--profile=Disk", "minidist", URL, "--scratch", "minidist/minidist.kiwi") == expected
    )
    assert (
        kiwi("minidist", "--scratch", URL, "--kiwi-profile", "Disk", "minidist/minidist.kiwi")
        == expected
    )
    assert expected.target == "minidist"
    assert expected.source.wire == {"url": URL, "path": "minidist/minidist.kiwi"}
    assert expected.opts == {"scratch": True, "profile": "Disk"}
    assert (expected.wait, expected.priority, expected.json) == (None, None, False)


def test_every_option() -> None:
    asked = kiwi(
        *("minidist", URL, "."),
        *("--scratch", "--skip-tag", "--fail-fast", "--make-prep", "--wait-repo"),
        "--allow-unknown-rpms",
        *("--arch", "x86_64,aarch64", "--arch", "s390x", "--can-fail", "s390x"),
        *("--name", "n", "--version", "1", "--release", "2", "--releasever", "44"),
        *("--profile", "Disk", "--type", "oem", "--type", "iso", "--type-attr", "a=b,c"),
        *("--type-attr", "kernelcmdline=console=ttyS0", "--bundle-format", "%N.%A"),
        *("--repo", "http://h/$arch", "--repo", "http://h/2,priority=3,gpgkey=http://h/k,in-image"),
        *("--no-buildroot-repo", "--event", "1284", "--wait-build", "a-1-1"),
        *("--background", "--nowait", "--json"),
    )
    assert asked.arches == ("x86_64", "aarch64", "s390x")
    assert (asked.priority, asked.wait, asked.json) == (5, False, True)
    assert asked.opts == {
        "scratch": True,
        "skip_tag": True,
        "fail_fast": True,
        "allow_unknown_rpms": True,
        "make_prep": True,
        "wait_repo": True,
        "optional_arches": ["s390x"],
        "name": "n",
        "version": "1",
        "release": "2",
        "repo_releasever": "44",
        "profile": "Disk",
        "type": ["oem", "iso"],
        "type_attr": ["a=b,c", "kernelcmdline=console=ttyS0"],
        "result_bundle_name_format": "%N.%A",
        "repos": [
            "http://h/$arch",
            {"baseurl": "http://h/2", "priority": 3, "gpgkeys": ["http://h/k"], "in_image": True},
        ],
        "use_buildroot_repo": False,
        "event": 1284,
        "wait_builds": ["a-1-1"],
    }


def test_kojis_own_names_for_options() -> None:
    names = ("--kiwi-profile", "--repo-releasever", "--result-bundle-name-format")
    words = [f"{name}=x" for name in names]
    ours = kiwi("t", URL, ".", "--profile=x", "--releasever=x", "--bundle-format=x")
    assert kiwi("t", URL, ".", *words) == ours


def test_a_folder_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "a.kiwi").touch()
    assert kiwi("t", str(tmp_path)).source.folder == tmp_path
    assert kiwi("t", str(tmp_path)).source.wire == {"path": "."}
    assert kiwi("t", str(tmp_path), "sub/b.kiwi").source.wire == {"path": "sub/b.kiwi"}
    named = kiwi("t", str(tmp_path / "a.kiwi")).source
    assert (named.folder, named.wire) == (tmp_path, {"path": "a.kiwi"})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "a tool is missing; there is kiwi"),
        (["kiwy"], "invalid choice: 'kiwy'"),
        (["kiwi"], "required: TARGET, SOURCE"),
        (["kiwi", "t", URL], "PATH is missing"),
        (["kiwi", "t", "no/such/folder"], "neither a folder"),
        (["kiwi", "t", URL, "p", "--scrach"], "unrecognized arguments: --scrach"),
        (["kiwi", "t", URL, "p", "--priority", "high"], "--priority: invalid int value: 'high'"),
        (["kiwi", "t", URL, "p", "--event", "1", "--repo-id", "2"], "not allowed with argument"),
        (["kiwi", "t", URL, "p", "--wait", "--nowait"], "not allowed with argument"),
        (["kiwi", "t", URL, "p", "--repo", "http://h,prio=1"], "'prio=1' after the URL is none of"),
    ],
)
def test_what_is_wrong_is_named(words: list[str], message: str) -> None:
    with pytest.raises(ArgumentsError, match=message.replace("(", r"\(")):
        parse(words)


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["--help"], ("kiwi", "TOOL --help")),
        (
            ["kiwi", "--help"],
            (
                "SCM-URL PATH/FILE.kiwi",
                "FOLDER[/FILE.kiwi]",
                "--profile",
                "%N-%v-%I.%A",
                "examples:",
            ),
        ),
    ],
)
def test_help(words: list[str], texts: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert [text for text in texts if text not in shown] == []
    assert max(len(line) for line in shown.splitlines()) <= 80


class TestConfigFile:
    """``--config FILE``."""

    @pytest.fixture
    def write(self, tmp_path: Path) -> Path:
        return tmp_path / "image.conf"

    def test_the_command_line_wins(self, write: Path) -> None:
        write.write_text(
            "profile = Cloud\nscratch = yes\narch = x86_64, aarch64\nevent = 3\nwait = no\n"
            "repo =\n  http://h/1\n  http://h/2#x\n# a remark\ntype_attr = a=b\n"
        )
        asked = kiwi("t", URL, ".", "--config", str(write), "--profile", "Disk", "--repo-id", "5")
        assert asked.opts == {
            "profile": "Disk",
            "scratch": True,
            "repos": ["http://h/1", "http://h/2#x"],
            "repo_id": 5,
            "type_attr": ["a=b"],
        }
        assert (asked.arches, asked.wait) == (("x86_64", "aarch64"), False)

    def test_a_list_on_the_command_line_replaces_the_files(self, write: Path) -> None:
        write.write_text("repo = http://h/1\n")
        asked = kiwi("t", URL, ".", "--repo", "http://h/2", "--config", str(write))
        assert asked.opts == {"repos": ["http://h/2"]}

    def test_sections(self, write: Path) -> None:
        write.write_text("release = 1\n[kiwi]\nversion = 2\n")
        assert kiwi("t", URL, ".", "--config", str(write)).opts == {"release": "1", "version": "2"}

    def test_no_means_its_opposite(self, write: Path) -> None:
        write.write_text("buildroot-repo = no\nnowait = no\nscratch = no\nbackground = no\n")
        asked = kiwi("t", URL, ".", "--config", str(write))
        assert (asked.opts, asked.wait, asked.priority) == (
            {"use_buildroot_repo": False},
            True,
            None,
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("foo = 1\n", "unknown option 'foo'"),
            ("config = x\n", "unknown option 'config'"),
            ("\nscratch\n", "line 2: expected OPTION = VALUE"),
            ("scratch = yes\nscratch = no\n", "line 2: given twice"),
            ("scratch = perhaps\n", "scratch: expected yes or no, got 'perhaps'"),
            ("priority = high\n", "--priority: invalid int value"),
            ("[kiwy]\n", r"\[kiwy\] is not a tool; there is kiwi"),
        ],
    )
    def test_what_is_wrong_is_named(self, write: Path, text: str, message: str) -> None:
        write.write_text(text)
        with pytest.raises(ArgumentsError, match=f"image.conf.*{message}"):
            kiwi("t", URL, ".", "--config", str(write))

    def test_a_file_that_is_no_text(self, write: Path) -> None:
        write.write_bytes(b"\xff\xfe")
        with pytest.raises(ArgumentsError, match="not a text file"):
            kiwi("t", URL, ".", "--config", str(write))

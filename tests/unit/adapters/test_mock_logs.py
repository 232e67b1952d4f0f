"""Why a build root could not be filled, in the words of dnf, dnf5, rpm and mock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji
import pytest

from koji_imagebuild.adapters import mock_logs
from koji_imagebuild.errors import Infrastructure, PreflightError, Told

if TYPE_CHECKING:
    from pathlib import Path

PROBLEM = koji.BuildrootError("could not init mock buildroot, mock exited with status 30")

DNF4_MISSING = """\
No match for argument: kiwi-systemdeps-core
Error: Unable to find a match: kiwi-systemdeps-core
"""
DNF4_REQUIRES = """\
Last metadata expiration check: 0:00:01 ago on Fri Nov 20 10:00:00 2026.
Error:
 Problem: package kiwi-cli-10.2.1-1.fc44.noarch requires python3-kiwi = 10.2.1-1.fc44, but none of the providers can be installed
  - conflicting requests
  - nothing provides python3.14dist(lxml) needed by python3-kiwi-10.2.1-1.fc44.noarch from build
(try to add '--skip-broken' to skip uninstallable packages or '--nobest' to use not only best candidate packages)
"""  # noqa: E501  # dnf's own lines
DNF4_GROUP = """\
Module or Group 'kiwi-build' is not available.
Error: Nothing to do.
"""
DNF5_MISSING = """\
Updating and loading repositories:
Repositories loaded.
Failed to resolve the transaction:
No match for argument: kiwi-cli
You can try to add to command line:
  --skip-unavailable to skip unavailable packages
"""
DNF5_REQUIRES = """\
Failed to resolve the transaction:
Problem: conflicting requests
  - nothing provides libfoo.so.1()(64bit) needed by kiwi-cli-10.2.1-1.fc44.noarch from build
"""


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """mock's result folder; what it printed lies beside it."""
    path = tmp_path / "result"
    path.mkdir()
    return path


def explained(result: Path, root_log: str, output: str = "") -> Told:
    (result / "root.log").write_text(root_log)
    (result.parent / "mock_output.log").write_text(output)
    return mock_logs.explain(PROBLEM, result, result.parent / "mock_output.log")


def as_mock_logs(text: str) -> str:
    return "".join(f"DEBUG util.py:459:  {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("prefixed", [False, True], ids=["printed", "in root.log"])
@pytest.mark.parametrize(
    ("text", "decisive"),
    [
        (DNF4_MISSING, "Unable to find a match: kiwi-systemdeps-core"),
        (DNF4_REQUIRES, "nothing provides python3.14dist(lxml)"),
        (DNF4_GROUP, "Module or Group 'kiwi-build' is not available."),
        (DNF5_MISSING, "No match for argument: kiwi-cli"),
        (DNF5_REQUIRES, "nothing provides libfoo.so.1()(64bit)"),
    ],
)
def test_packages_that_cannot_be_installed(
    result: Path,
    text: str,
    decisive: str,
    prefixed: bool,  # noqa: FBT001  # a parameter
) -> None:
    told = explained(result, as_mock_logs(text)) if prefixed else explained(result, "", text)

    assert isinstance(told, PreflightError)
    assert decisive in "\n".join(told.lines)
    assert "DEBUG" not in told.text()
    assert told.log == "root.log"
    assert len(told.lines) <= 4


def test_a_line_is_shown_once(result: Path) -> None:
    told = explained(result, as_mock_logs(DNF5_MISSING * 3), DNF5_MISSING)

    assert told.lines == ("No match for argument: kiwi-cli",)


def test_only_a_handful_of_lines(result: Path) -> None:
    told = explained(result, "".join(f"No match for argument: p{n}\n" for n in range(50)))

    assert len(told.lines) == 12


@pytest.mark.parametrize(
    "text",
    [
        "  installing package glibc-2.42-1.fc44.x86_64 needs 12MB more space on the / filesystem\n",
        "Disk Requirements:\n   At least 12MB more space needed on the / filesystem.\n",
        "OSError: [Errno 28] No space left on device: '/var/lib/mock/f44-build-11-7/root'\n",
        "  installing package glibc-2.42-1.fc44.x86_64 needs 3 inodes on the / filesystem\n",
    ],
)
def test_a_full_disk_is_the_builders_fault(result: Path, text: str) -> None:
    told = explained(result, as_mock_logs(DNF4_MISSING + text))

    assert isinstance(told, Infrastructure)
    assert told.what == "The builder's disk is full: the build root could not be filled"


@pytest.mark.parametrize(
    "text",
    [
        "Error: Failed to download metadata for repo 'build': Cannot download repomd.xml\n",
        "Curl error (7): Couldn't connect to server for http://127.0.0.1:1/repodata/repomd.xml\n",
        "ERROR: Command failed: \n # /usr/bin/systemd-nspawn -q -M 0123\n",
        "DEBUG util.py:459:  Installing problem-report-1-1.noarch\n",
        "",
    ],
)
def test_all_else_is_worth_another_try(result: Path, text: str) -> None:
    told = explained(result, text)

    assert isinstance(told, Infrastructure)
    assert "mock exited with status 30" in told.what


def test_mocks_own_last_words_are_shown(result: Path) -> None:
    told = explained(
        result,
        "",
        "ERROR: Option --old-chroot has been deprecated. Use --isolation=simple instead.\n"
        "Start: run\nERROR: Command failed: \n # cp -a /usr/share/keys /root\n\n",
    )

    assert told.lines == ("ERROR: Command failed:", " # cp -a /usr/share/keys /root")


def test_without_logs(tmp_path: Path) -> None:
    told = mock_logs.explain(PROBLEM, tmp_path / "gone", tmp_path / "gone.log")

    assert isinstance(told, Infrastructure)


def test_a_long_log_is_read_from_its_end(result: Path) -> None:
    told = explained(result, "No match for argument: early\n" + "x\n" * 100_000 + DNF5_MISSING)

    assert told.lines == ("No match for argument: kiwi-cli",)


def test_a_log_that_is_no_text(result: Path) -> None:
    (result / "root.log").write_bytes(b"\xff\xfe\nNo match for argument: kiwi-cli\n")

    told = mock_logs.explain(PROBLEM, result, result / "gone")

    assert told.lines == ("No match for argument: kiwi-cli",)

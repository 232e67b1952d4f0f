"""Logs of the real kiwi 11.1.6 and dnf 4.14, each made to fail on purpose and shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from koji_imagebuild.tools.diagnosis import Cause
from koji_imagebuild.tools.kiwi.diagnosis import diagnose

LOGS = Path(__file__).parent / "logs"

FAILURES = {
    "builder-full-download": (Cause.NO_SPACE, "install packages", "Curl error (23)"),
    "builder-full-rpm": (Cause.NO_SPACE, "install packages", "At least 2MB more space needed"),
    "config-sh": (Cause.SCRIPT, "run config.sh", "cp: cannot stat /etc/nothing"),
    "config-sh-silent": (Cause.SCRIPT, "run config.sh", "KiwiScriptFailed: config.sh failed"),
    "edit-boot-install": (Cause.SCRIPT, "run edit_boot_install.sh", "no such board"),
    "image-full": (Cause.NO_SPACE, "copy files into the disk image", "No space left on device"),
    "images-sh": (Cause.SCRIPT, "run images.sh", "+ false"),
    "no-dracut": (Cause.UNKNOWN, "read description", "Support for dracut initrd system"),
    "no-free-loop": (Cause.NO_LOOP_DEVICE, "create disk image", "cannot find an unused loop"),
    "no-loop-node": (Cause.NO_LOOP_DEVICE, "create disk image", "failed to set up loop device"),
    "nothing-provides": (Cause.PACKAGES, "install packages", "nothing provides libfoo.so.1"),
    "nothing-provides-in-chroot": (Cause.PACKAGES, "install packages", "libnowhere.so.1"),
    "package-gone": (Cause.DOWNLOAD, "install packages", "bash-5.2.15-1.x86_64: Cannot download"),
    "repository-404": (Cause.DOWNLOAD, "install packages", "Status code: 404"),
    "repository-checksum": (Cause.DOWNLOAD, "install packages", "checksum doesn't match"),
    "repository-down": (Cause.DOWNLOAD, "install packages", "Couldn't connect to server"),
    "repository-unknown-host": (Cause.DOWNLOAD, "install packages", "resolve host"),
    "schema": (Cause.DESCRIPTION, "read description", "Invalid attribute colour"),
    "schematron": (Cause.DESCRIPTION, "read description", "format attribute is only available"),
    "traceback": (Cause.UNKNOWN, "bundle", "ValueError: not enough values to unpack"),
    "unable-to-find": (Cause.PACKAGES, "install packages", "Unable to find a match: nosuchpkg"),
    "unknown-attribute": (Cause.DESCRIPTION, "read description", "has no attribute 'set_nosuch'"),
    "unsigned": (Cause.PACKAGES, "install packages", "is not signed"),
}


def test_every_log_has_its_line() -> None:
    assert {path.stem for path in LOGS.glob("*.log")} == set(FAILURES)


@pytest.mark.parametrize("name", FAILURES)
def test_failure(name: str) -> None:
    cause, step, decisive = FAILURES[name]
    found = diagnose((LOGS / f"{name}.log").read_text())
    assert (found.cause, found.step) == (cause, step)
    assert any(decisive in line for line in found.lines)
    assert len(found.lines) <= 8
    noise = ("enable plugin patterns", "[ ERROR", "stdout:", "PhaseFailed", "Looking for")
    assert not any(word in line for word in noise for line in found.lines)


def test_dnfs_own_lines_and_no_more() -> None:
    assert diagnose((LOGS / "nothing-provides.log").read_text()).lines == (
        " Problem: conflicting requests",
        "  - nothing provides libfoo.so.1 needed by broken-2.0-3.noarch",
    )


def test_the_schemas_complaints_without_the_temporary_file() -> None:
    assert diagnose((LOGS / "schema.log").read_text()).lines[:2] == (
        "RELAXNG_ERR_INVALIDATTR: Invalid attribute colour for element type",
        "RELAXNG_ERR_INTEREXTRA: Extra element type in interleave",
    )


def test_a_silent_script_is_told_by_its_output() -> None:
    log = (LOGS / "config-sh-silent.log").read_text()
    output = "out start-------------\n[ DEBUG   ]: 11:43:23 | no network here"
    found = diagnose(log.replace("out start-------------", output))
    assert found.lines == ("KiwiScriptFailed: config.sh failed", "no network here")


def test_make_prep() -> None:
    found = diagnose(
        "make: Entering directory '/x'\ncp: no file\nmake: *** [Makefile:3: prep] Error 1\n"
    )
    assert found.cause is Cause.SCRIPT
    assert found.lines[-1] == "make: *** [Makefile:3: prep] Error 1"


def test_what_mock_says_around_a_command_is_no_reason() -> None:
    log = """\
2026-11-20 12:57:32,127 [INFO] {13082} koji.build.buildroot:511 Running mock as root
ERROR: Option --old-chroot has been deprecated. Use --isolation=simple instead.
INFO: Package manager dnf4 detected and used (fallback)
Start: chroot ['kiwi-ng']
the reason
Finish: chroot ['kiwi-ng']
Mock Version: 6.7
INFO: Mock Version: 6.7
Finish: run
"""
    assert diagnose(log).lines == ("the reason",)


def test_a_flood_is_cut() -> None:
    problems = "".join(f"\n  - nothing provides lib{number}" for number in range(100))
    found = diagnose(f"[ ERROR   ]: 11:11:11 | KiwiInstallPhaseFailed: x\nError:{problems}\n")
    assert len(found.lines) == 17
    assert found.lines[-1] == "(85 more lines in the log)"


@pytest.mark.parametrize("log", ["", "\n", "[ DEBUG   ]: 11:11:11 | x", "\x00\xff"])
def test_nothing_to_say(log: str) -> None:
    assert diagnose(log).cause is Cause.UNKNOWN

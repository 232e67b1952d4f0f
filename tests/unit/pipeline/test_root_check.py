"""The probe, run by a real shell, and what is read out of it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import Infrastructure, PreflightError
from koji_imagebuild.model.target import BuildTag
from koji_imagebuild.pipeline import root_check
from koji_imagebuild.pipeline.ports import Ran
from koji_imagebuild.pipeline.root_check import RootFacts
from koji_imagebuild.tools.base import Needs
from koji_imagebuild.tools.layout import Layout

from .samples import KIWI

if TYPE_CHECKING:
    from pathlib import Path

TAG = BuildTag(1, "minidist-build", ("x86_64",), host_devices=False)
WELL = RootFacts("KIWI (next generation) version 10.2.1", "ok")


def run_probe(tmp_path: Path, tool: str = "") -> Ran:
    """The probe as the build root would run it, with a tool and commands of ours first in PATH."""
    layout = Layout(tmp_path / "root")
    root_check.probe(KIWI, layout)
    work = layout.on_builder(layout.work)
    if tool:
        stand_in(tmp_path, "kiwi-ng", tool)
    log = tmp_path / "05-probe.log"
    with log.open("wb") as stream:
        status = subprocess.run(
            ["/bin/sh", str(work / "probe.sh"), str(work), *KIWI.version_argv],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={"PATH": f"{tmp_path / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"},
            check=False,
            timeout=30,
        ).returncode
    assert not (work / "probe.img").exists()
    return Ran(status, 0, log, 1)


def stand_in(tmp_path: Path, name: str, script: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def loop_devices() -> str:
    return subprocess.run(["losetup", "--all"], capture_output=True, text=True, check=True).stdout


def test_the_command(tmp_path: Path) -> None:
    command = root_check.probe(KIWI, Layout(tmp_path))

    inside = "/builddir/image-build"
    assert command.argv == ("/bin/sh", f"{inside}/probe.sh", inside, "kiwi-ng", "--version")
    assert command.log == "05-probe.log"


@pytest.mark.usefixtures("as_root")
def test_loop_devices_with_partitions_and_none_left_behind(tmp_path: Path) -> None:
    facts = root_check.read(KIWI, run_probe(tmp_path, "echo 'KIWI version 10.2.1'"))

    assert (facts.tool_version, facts.loop) == ("KIWI version 10.2.1", "ok")
    assert str(tmp_path) not in loop_devices()


def test_no_loop_device_can_be_had(tmp_path: Path) -> None:
    stand_in(tmp_path, "losetup", "echo 'losetup: cannot find an unused loop device' >&2; exit 1")

    facts = root_check.read(KIWI, run_probe(tmp_path, "echo 10.2.1"))

    assert facts.loop == "losetup: cannot find an unused loop device"
    with pytest.raises(Infrastructure, match="This builder has no free loop device"):
        root_check.check(Needs(loop_devices=True), facts, TAG)


def test_a_partition_without_a_node(tmp_path: Path) -> None:
    stand_in(tmp_path, "losetup", 'case $1 in --find) echo /dev/no-such-loop;; *) echo "$@";; esac')
    stand_in(tmp_path, "sleep", "exit 0")

    facts = root_check.read(KIWI, run_probe(tmp_path, "echo 10.2.1"))

    assert facts.loop.startswith("/dev/no-such-loopp1 does not appear")


def test_the_last_line_is_the_version(tmp_path: Path) -> None:
    stand_in(tmp_path, "losetup", "exit 1")

    facts = root_check.read(KIWI, run_probe(tmp_path, "echo warning: 1; echo 'KIWI 11.0.1'"))

    assert (facts.tool_version, facts.loop) == ("KIWI 11.0.1", "losetup failed")


def test_the_tool_is_missing(tmp_path: Path) -> None:
    stand_in(tmp_path, "losetup", "exit 1")
    with pytest.raises(PreflightError, match=r"no working kiwi-ng: .*kiwi-ng.*not found") as caught:
        root_check.read(KIWI, run_probe(tmp_path))

    assert caught.value.repair == "Add it to the group kiwi-build of the build tag"
    assert caught.value.log == "05-probe.log"


def test_the_tool_is_broken(tmp_path: Path) -> None:
    stand_in(tmp_path, "losetup", "exit 1")
    broken = "echo 'Traceback:' >&2; echo 'ImportError: No module named kiwi' >&2; exit 1"

    with pytest.raises(PreflightError, match="no working kiwi-ng: ImportError: No module named"):
        root_check.read(KIWI, run_probe(tmp_path, broken))


def test_marked_lines_are_found_behind_a_log_prefix(tmp_path: Path) -> None:
    log = tmp_path / "05-probe.log"
    log.write_text(
        "INFO: something else tool=5\n"
        "11:00:00 image-build-probe tool=KIWI 10.2.1\n"
        "image-build-probe loop=ok\r\n"
    )

    assert root_check.read(KIWI, Ran(0, 0, log, 1)) == RootFacts("KIWI 10.2.1", "ok")


@pytest.mark.parametrize("printed", ["", "mock: no such root\n", "image-build-probe tool=1\n"])
def test_a_build_root_that_does_not_answer(tmp_path: Path, printed: str) -> None:
    log = tmp_path / "05-probe.log"
    log.write_text(printed)

    with pytest.raises(Infrastructure, match="did not answer: the probe ended with status 3"):
        root_check.read(KIWI, Ran(3, 0, log, 1))


@pytest.mark.parametrize("loop", ["ok", "losetup: permission denied"])
def test_who_needs_no_loop_devices_gets_none(loop: str) -> None:
    root_check.check(Needs(), RootFacts("1", loop), TAG)


def test_enough_for_disk_images() -> None:
    root_check.check(Needs(loop_devices=True), WELL, TAG)


def test_isolation_is_repaired_on_the_tag() -> None:
    facts = RootFacts("1", "losetup: /dev/loop-control: Operation not permitted")

    with pytest.raises(PreflightError, match="Operation not permitted") as caught:
        root_check.check(Needs(loop_devices=True), facts, TAG)

    assert caught.value.repair.endswith("koji edit-tag -x mock.new_chroot=0 minidist-build")


def test_a_tag_that_isolates_by_chroot_is_not_to_blame() -> None:
    facts = RootFacts("1", "losetup: cannot open /dev/loop-control")

    with pytest.raises(PreflightError) as caught:
        root_check.check(Needs(loop_devices=True), facts, replace(TAG, host_devices=True))

    assert "modprobe loop" in caught.value.repair
    assert "edit-tag" not in caught.value.repair


@pytest.mark.usefixtures("as_root")
def test_bubblewrap_works_under_the_wrapper(tmp_path: Path) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    facts = root_check.read(KIWI, run_probe(tmp_path, "echo 10.2.1"))

    assert facts.bubblewrap == "ok"
    root_check.check(Needs(bubblewrap=True), facts, TAG)


@pytest.mark.usefixtures("as_root")
def test_bubblewrap_that_systemd_nspawn_forbids_is_repaired_on_the_tag(tmp_path: Path) -> None:
    problem = "bwrap: loopback: Failed RTM_NEWADDR: No child processes"
    stand_in(tmp_path, "bwrap", f"echo '{problem}' >&2; exit 1")
    facts = root_check.read(KIWI, run_probe(tmp_path, "echo 10.2.1"))

    root_check.check(Needs(loop_devices=False), facts, TAG)
    with pytest.raises(PreflightError) as caught:
        root_check.check(Needs(bubblewrap=True), facts, TAG)

    assert caught.value.what.endswith(f"does not work in the build root: {problem}")
    assert caught.value.repair.endswith("koji edit-tag -x mock.new_chroot=0 minidist-build")


def test_a_missing_bubblewrap_belongs_into_the_group() -> None:
    facts = RootFacts("1", "ok", root_check.NO_BWRAP)

    with pytest.raises(PreflightError) as caught:
        root_check.check(Needs(bubblewrap=True), facts, replace(TAG, host_devices=True))

    assert caught.value.repair.startswith("Add bubblewrap to the group")

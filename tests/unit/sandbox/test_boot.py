"""Watching a machine boot: qemu is a script here that writes what a serial console would show."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.errors import PreflightError, Told
from koji_imagebuild.sandbox import boot

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "BOOT-OK"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.qcow2"
    path.write_bytes(b"QFI\xfb")
    return path


@pytest.fixture
def qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A qemu whose script the test writes; it keeps its process id in ``pid``."""
    script = tmp_path / "bin" / boot.QEMU
    script.parent.mkdir()
    script.touch(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return script


def plays(qemu: Path, lines: str) -> None:
    qemu.write_text(f"#!/bin/sh\necho $$ > {qemu.parent}/pid\n{lines}\n")


def has_ended(qemu: Path) -> bool:
    pid = int((qemu.parent / "pid").read_text())
    for _ in range(50):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_it_has_booted_at_the_prompt_after_the_marker(image: Path, qemu: Path) -> None:
    plays(
        qemu,
        "printf '\\033[2Jold login: %s 1.0\\r\\n' BOOT-OK; sleep 0.1; echo host login:; sleep 60",
    )
    said: list[str] = []
    result = boot.boot(image, marker=MARKER, timeout=10, say=said.append)
    assert result.console == "old login: BOOT-OK 1.0\nhost login:\n"
    assert 0.1 <= result.seconds < 10
    assert said[:2] == ["booting disk.qcow2", "BOOT-OK 1.0"]
    assert has_ended(qemu)


def test_a_prompt_without_the_marker_is_no_success(image: Path, qemu: Path) -> None:
    plays(qemu, "for n in $(seq 40); do echo line $n; done; echo login:; sleep 60")
    with pytest.raises(Told) as caught:
        boot.boot(image, marker=MARKER, timeout=0.5, say=lambda _: None)
    assert caught.value.what.endswith("not in 0.5 s")
    assert caught.value.lines[-2:] == ("line 40", "login:")
    assert len(caught.value.lines) == boot.SHOWN_LINES
    assert has_ended(qemu)


def test_a_machine_that_ends_says_how(image: Path, qemu: Path) -> None:
    plays(qemu, "echo could not open disk >&2; exit 3")
    with pytest.raises(Told, match="ended with status 3") as caught:
        boot.boot(image, marker=MARKER, timeout=10, say=lambda _: None)
    assert caught.value.lines == ("could not open disk",)


def test_a_silent_machine_is_said_to_be_silent(image: Path, qemu: Path) -> None:
    plays(qemu, "sleep 60")
    with pytest.raises(Told, match="empty serial console"):
        boot.boot(image, marker=MARKER, timeout=0.2, say=lambda _: None)


def test_the_machine_ends_when_we_are_interrupted(image: Path, qemu: Path) -> None:
    def interrupt(line: str) -> None:
        if line.startswith(MARKER):
            raise KeyboardInterrupt

    plays(qemu, "echo BOOT-OK; echo login:; sleep 60")
    with pytest.raises(KeyboardInterrupt):
        boot.boot(image, marker=MARKER, timeout=10, say=interrupt)
    assert has_ended(qemu)


def test_without_qemu_it_says_what_to_install(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PreflightError, match="apt-get install qemu"):
        boot.boot(image, marker=MARKER, timeout=1, say=lambda _: None)


@pytest.mark.parametrize(
    ("content", "drive"),
    [
        (b"QFI\xfb", "format=qcow2,if=virtio,snapshot=on"),
        (b"\0" * 0x8001 + b"CD001", "format=raw,media=cdrom,readonly=on"),
        (b"\0" * 512, "format=raw,if=virtio,snapshot=on"),
    ],
)
def test_the_drive_is_chosen_by_content(tmp_path: Path, content: bytes, drive: str) -> None:
    path = tmp_path / "a,b"
    path.write_bytes(content)
    argv = boot.command(path)
    assert argv[-1] == f"file={tmp_path}/a,,b,{drive}"
    assert argv[argv.index("-accel") + 1] == "tcg,thread=multi"

"""Boots an image in qemu and watches its serial console up to the login prompt."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from koji_imagebuild.errors import PreflightError, Told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QEMU = "qemu-system-x86_64"
PROMPT = "login:"
SHOWN_LINES = 15

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=]*[A-Za-z]|[()].|[a-zA-Z])|[\r\x00]")


@dataclass(frozen=True)
class BootResult:
    """:param console: what the machine wrote, up to the login prompt, without escape sequences"""

    seconds: float
    console: str


def boot(
    image: Path, *, marker: str, timeout: float, say: Callable[[str], None] = print
) -> BootResult:
    """Boot a disk image or a live medium; the image itself is not written to.

    It has booted when the console shows the marker and, after it, a login prompt.

    :param timeout: seconds
    :raises PreflightError: when there is no qemu
    :raises Told: with the console's last lines, when it did not boot
    """
    say(f"booting {image.name}")
    console = ""
    started = time.monotonic()
    with _machine(command(image)) as machine:
        for text in _output(machine, started + timeout):
            console = _ESCAPES.sub("", console + text)
            _, found, rest = console.partition(marker)
            if found and PROMPT in rest:
                seconds = time.monotonic() - started
                say(marker + rest.split("\n", 1)[0])
                say(f"login prompt after {seconds:.1f} s")
                return BootResult(seconds, console)
        status = machine.poll()
    reason = f"not in {timeout:g} s" if status is None else f"qemu ended with status {status}"
    raise Told(
        f"{image.name} did not boot to {marker!r} and a login prompt: {reason}",
        lines=console.strip().splitlines()[-SHOWN_LINES:] or ["(an empty serial console)"],
    )


def command(image: Path) -> list[str]:
    """Qemu's command line: one drive, no network, the serial console on stdout."""
    kind = _kind(image)
    drive = f"file={str(image).replace(',', ',,')},"
    if kind == "iso":
        drive += "format=raw,media=cdrom,readonly=on"
    else:
        drive += f"format={kind},if=virtio,snapshot=on"
    return [
        QEMU,
        # Never KVM: where /dev/kvm is itself virtual it may be there and hang.
        *("-accel", "tcg,thread=multi"),
        *("-m", "512"),
        *("-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio"),
        *("-drive", drive),
    ]


def _kind(image: Path) -> str:
    """Tell qcow2, iso and raw apart by content: qemu's own guess is not to be trusted for raw."""
    with image.open("rb") as file:
        if file.read(4) == b"QFI\xfb":
            return "qcow2"
        file.seek(0x8001)
        return "iso" if file.read(5) == b"CD001" else "raw"


@contextlib.contextmanager
def _machine(argv: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a virtual machine that ends with the block, and with this process if it is killed."""
    if not shutil.which(argv[0]):
        raise PreflightError(
            f"{argv[0]} is not installed, no image can be booted",
            repair="apt-get install qemu-system-x86",
        )
    with subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as machine:
        try:
            yield machine
        finally:
            machine.kill()


def _output(machine: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    """Yield the console's text as it comes, until qemu ends or the time is over."""
    if machine.stdout is None:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(machine.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                data = os.read(machine.stdout.fileno(), 65536)
                if not data:
                    machine.wait()
                    return
                yield data.decode(errors="replace")

"""What a running kiwi is at, as people call it, read from a line of its log."""

from __future__ import annotations

import re
from typing import Final

_MESSAGE = re.compile(r"\d\d:\d\d:\d\d \| (?P<text>[^\r\n]*)")
_INSTALLED = re.compile(r"Processing: \[[# ]*\] (\d+)%")
#: A line for every percent would be too many where they are kept.
_EVERY_PERCENT: Final = 25

#: The start of kiwi's messages, in the order of a build (kiwi/system, kiwi/builder).
_STEPS: Final = tuple(
    (re.compile(pattern), step)
    for pattern, step in (
        (r"Loading XML description", "read description"),
        (r"Setting up repository ", "read repositories"),
        (r"Installing bootstrap packages", "install packages"),
        (r"Installing system \(chroot\)", "install packages"),
        (r"Calling (?P<what>\S+) script", "run {what}"),
        (r"Copying user defined ", "copy overlay files"),
        (r"Processing SELinux file security contexts", "label files for SELinux"),
        (r"Setting up (?P<what>\S+) container", "create {what} container"),
        (r"Creating (XZ compressed tar|CPIO) archive", "create archive"),
        (r"Creating raw disk image ", "create disk image"),
        (r"Creating root filesystem image", "create root filesystem"),
        (r"Creating generic dracut initrd archive", "create initrd"),
        (r"Installing (?P<what>\S+) on disk ", "install boot loader"),
        (r"Syncing system to image", "copy files into the disk image"),
        (r"Packing system into dracut live ISO", "pack files into the live image"),
        (r"Creating live ISO image", "create live image"),
        (r"Creating hybrid ISO installation image", "create installation medium"),
        (r"Creating PXE installation archive", "create PXE archive"),
        (r"Creating (?P<what>\S+) Disk Format", "create disk image ({what})"),
        (r"Creating (?P<what>btrfs|ext\d|xfs|squashfs|erofs) filesystem", "create {what} image"),
        (r"Export rpm packages metadata", "list packages"),
        (r"Bundle build results from ", "bundle"),
        (r"--> Compressing", "compress"),
    )
)


def step(line: str) -> str | None:
    """The step a line of the log begins, with how much is installed where kiwi says so.

    kiwi ends the lines of its progress bar with the next message, so a line may hold several.
    """
    installed = _INSTALLED.findall(line)
    begun = reached(line)
    if begun is not None or not installed:
        return begun
    percent = int(installed[-1]) // _EVERY_PERCENT * _EVERY_PERCENT
    return f"install packages ({percent} %)" if percent else None


def reached(line: str) -> str | None:
    """The step a line begins, and no more."""
    for message in reversed(_MESSAGE.findall(line)):
        for pattern, name in _STEPS:
            if found := pattern.match(message):
                return name.format(**found.groupdict())
    return None

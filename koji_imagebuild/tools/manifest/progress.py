"""What a running osbuild is at, as people call it, read from a line of its log."""

from __future__ import annotations

import re
from typing import Final

from koji_imagebuild.tools.manifest.narrate import MARK

_STAGE = re.compile(rf"(?:\S+ )?{MARK}stage org\.osbuild\.(?P<stage>\S+) of (?P<pipeline>\S+)\Z")
_SOURCE = re.compile(rf"(?:\S+ )?{MARK}pipeline source org\.osbuild\.(?P<source>\S+)\Z")

#: Stages that take their time; the others are called by their own names.
_STAGES: Final = {
    "rpm": "install packages",
    "ostree.deploy": "deploy OSTree commit",
    "ostree.commit": "commit to OSTree",
    "container-deploy": "deploy container",
    "dracut": "create initrd",
    "selinux": "label files for SELinux",
    "copy": "copy files",
    "qemu": "convert disk image",
    "tar": "create archive",
    "oci-archive": "create container",
    "xorrisofs": "create ISO image",
    "squashfs": "create squashfs",
    "erofs": "create erofs",
    "xz": "compress",
    "zstd": "compress",
    "gzip": "compress",
}


def step(line: str) -> str | None:
    """The step a line of the log begins."""
    if _SOURCE.match(line):
        return "download sources"
    found = _STAGE.match(line)
    if not found:
        return None
    stage = found.group("stage")
    return f"{_STAGES.get(stage, stage)} ({found.group('pipeline')})"

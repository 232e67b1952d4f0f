"""Images boot."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import boot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .image import Image

pytestmark = pytest.mark.skipif(
    not shutil.which(boot.QEMU) or platform.machine() != "x86_64",
    reason=f"needs {boot.QEMU} and images of this machine's kind",
)

#: etc/rc.boot of minidist prints it when the system is up.
MARKER = "MINIDIST-BOOT-OK"


@pytest.mark.parametrize(("profile", "suffix"), [("Disk", ".qcow2"), ("Live", ".iso")])
def test_it_boots_to_its_login_prompt(
    minidist: Mapping[str, Image], profile: str, suffix: str, tmp_path: Path
) -> None:
    """And what the overlay and config.sh put into it is there and runs."""
    image = minidist[profile]
    file = tmp_path / image.one(suffix)
    file.write_bytes(image.read(file.name))
    booted = boot.boot(file, marker=MARKER, timeout=120)
    name, version, _ = image.nvr.rsplit("-", 2)
    assert f"image: {name} {version} {profile}" in booted.console

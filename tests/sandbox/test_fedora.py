"""On Fedora: a small Fedora, from its real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import world
from koji_imagebuild.sandbox.minidist.build import MADE

if TYPE_CHECKING:
    from pathlib import Path

# Gigabytes are fetched, and the image boots without hardware virtualization.
SECONDS = 3600


@pytest.mark.timeout(SECONDS)
def test_quickstart(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if pytestconfig.getoption("koji") == "real":
        pytest.skip("quickstart is the sandbox's")
    if os.geteuid() != 0:
        pytest.skip("needs root: build roots are filled and images are mounted")
    monkeypatch.delenv(MADE, raising=False)
    if world.of_host() is not world.FEDORA:
        pytest.skip("this is not Fedora")
    if subprocess.run(("dnf", "--quiet", "--refresh", "makecache"), check=False).returncode != 0:
        pytest.skip("Fedora's repositories are out of reach")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    program = (sys.executable, "-m", "koji_imagebuild.sandbox.quickstart")
    done = subprocess.run(program, check=False, stdout=subprocess.PIPE, text=True)

    assert done.returncode == 0, done.stdout
    assert "Booted               fedora-Disk-" in done.stdout

"""What tests of the tools' scripts need of the machine."""

from __future__ import annotations

import subprocess

import pytest


@pytest.fixture
def namespaces(as_root: None) -> None:
    argv = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("namespaces cannot be made here")

"""A builder's files with registrations."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters.configuration import BuilderConfiguration
from koji_imagebuild.adapters.registrations import RegistrationFiles
from koji_imagebuild.errors import PreflightError
from koji_imagebuild.tools import registrations

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sesame-0815"
CONTENT = json.dumps(
    {"redhat": {"subscription": {"organization": "1", "activation_key": KEY}}}
).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rhel.json"
    path.touch(0o600)
    path.write_bytes(CONTENT)
    return path


def read(folder: Path) -> bytes:
    return RegistrationFiles(BuilderConfiguration(registrations=str(folder))).read("rhel")


def refused(folder: Path) -> PreflightError:
    with pytest.raises(PreflightError) as caught:
        read(folder)
    assert KEY not in str(caught.value)
    return caught.value


def test_what_is_there(file: Path) -> None:
    assert read(file.parent) == CONTENT


def test_what_is_not_there(tmp_path: Path) -> None:
    problem = refused(tmp_path)
    assert problem.what == (
        f"There are no registrations called rhel on {socket.gethostname()}:"
        f" {tmp_path}/rhel.json does not exist"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602])
def test_what_others_can_read(file: Path, mode: int) -> None:
    file.chmod(mode)
    problem = refused(file.parent)
    assert "open to others than its owner" in problem.what
    assert problem.repair == f"chmod 600 {file}"


def test_what_is_no_file(file: Path) -> None:
    other = file.rename(file.with_name("other.json"))
    file.symlink_to(other)
    assert refused(file.parent).what.endswith("cannot be read: it is a symlink")
    file.unlink()
    os.mkfifo(file, 0o600)
    assert refused(file.parent).what.endswith("is not a regular file")


def test_what_image_builder_cannot_read(file: Path) -> None:
    file.write_bytes(CONTENT[:-1])
    assert refused(file.parent).what == f"{file} on {socket.gethostname()} is not JSON"
    file.write_bytes(CONTENT + b" " * registrations.LARGEST)
    assert refused(file.parent).what.endswith("has more than 64 KiB")

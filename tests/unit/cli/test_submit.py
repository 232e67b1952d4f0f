"""Checked here, then sent."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.cli.arguments import parse
from koji_imagebuild.cli.submit import Desk, submit
from koji_imagebuild.errors import RequestError

from .fakes import FakeSubmitHub

if TYPE_CHECKING:
    from pathlib import Path

URL = "git+https://example.org/descriptions#main"
KIWI = """\
<?xml version="1.0" encoding="utf-8"?>
<image schemaversion="7.4" name="minidist">
  <description type="system">
    <author>a</author><contact>b@example.org</contact><specification>c</specification>
  </description>
  <profiles><profile name="Disk" description="d"/><profile name="Live" description="l"/></profiles>
  <preferences>
    <version>1.0.0</version>
    <packagemanager>dnf4</packagemanager>
  </preferences>
  <preferences profiles="Disk"><type image="oem" filesystem="ext4" format="qcow2"/></preferences>
  <preferences profiles="Live"><type image="iso"/></preferences>
  <repository type="rpm-md"><source path="obsrepositories:/"/></repository>
  <packages type="image"><package name="bash"/></packages>
  <packages type="bootstrap"><package name="filesystem"/></packages>
</image>
"""


class Visit:
    """One submission: what the hub got and what the user saw."""

    def __init__(self) -> None:
        self.hub = FakeSubmitHub()
        self.logins = 0
        self.said: list[str] = []

    def submit(self, *words: str) -> int:
        return self.submit_to("kiwi", *words)

    def submit_to(self, tool: str, *words: str) -> int:
        return submit(parse([tool, *words]), Desk(self._login, self.said.append))

    def _login(self) -> FakeSubmitHub:
        self.logins += 1
        return self.hub


def test_a_repository() -> None:
    visit = Visit()
    assert visit.submit("minidist", URL, "a.kiwi", "--profile", "Disk", "--priority", "-1") == 41
    ((arguments, priority),) = visit.hub.tasks
    target, arches, tool, source, opts = arguments
    assert (target, arches, tool, priority) == ("minidist", [], "kiwi", -1)
    assert source == {"path": "a.kiwi", "url": URL}
    assert isinstance(opts, dict)
    assert opts["profile"] == "Disk"
    assert opts["scratch"] is False
    assert None not in opts.values()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["minidist", "git+https://u:p@h/d#main", "a.kiwi"], "credentials"),
        (["minidist", URL, "../a.kiwi"], r"^PATH: '\.\./a.kiwi' is not a path inside"),
        (["minidist", "git://example.org/d", "a.kiwi"], "^SOURCE: .* is not a Koji SCM URL"),
        (["minidist", URL, "a.kiwi", "--version", "1-2"], "--version: '1-2' holds a hyphen"),
        (["minidist", URL, "a.kiwi", "--type-attr", 'a=");x'], "--type-attr: .* is not key=value"),
        (["minidist", URL, "a.kiwi", "--repo", "file:///x"], r"--repo\[0\]: .* is not an http"),
        (
            ["minidist", URL, "a.kiwi", "--arch", "x", "--can-fail", "y"],
            "--can-fail: y is not among",
        ),
        (
            ["minidist", URL, "a.kiwi", "--no-buildroot-repo"],
            "nothing to take packages from\nGive a repository, or leave --no-buildroot-repo out",
        ),
        (["minidist", URL, "a.kiwi", "--arch", "x/y"], "^--arch: 'x/y' is not an architecture"),
        (["mini dist", URL, "a.kiwi"], "^TARGET: 'mini dist' is not the name of a build target"),
    ],
)
def test_what_is_wrong_is_said_in_the_users_words_without_a_login(
    words: list[str], message: str
) -> None:
    visit = Visit()
    with pytest.raises(RequestError, match=message):
        visit.submit(*words)
    assert visit.logins == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("mini dist", "Raw", "1", "raw"), "TARGET: 'mini dist' is not the name"),
        (("minidist", "R w", "1", "raw"), "NAME: 'R w' is not a name"),
        (("minidist", "Raw", "1-2", "raw"), "VERSION: '1-2' holds a hyphen"),
        (("minidist", "Raw", "1", "a b"), "TYPE: 'a b' is not a name"),
        (("minidist", "Raw", "1", "raw", "raw"), "TYPE: a type is named twice"),
        (("minidist", "Raw", "1", "raw", "--image-size=x"), "--image-size: 'x' is not a size"),
        (("minidist", "Raw", "1", "raw", "--defs-url=x"), "--defs-url: 'x' is not a Koji SCM URL"),
        (("minidist", "Raw", "1", "raw", "--ostree-ref=a b"), "--ostree-ref: 'a b' is not"),
    ],
)
def test_image_builders_words(words: tuple[str, ...], message: str) -> None:
    visit = Visit()
    with pytest.raises(RequestError, match=f"^{message}"):
        visit.submit_to("image-builder", *words)
    assert visit.logins == 0


@pytest.fixture
def description(tmp_path: Path) -> Path:
    (tmp_path / "minidist.kiwi").write_text(KIWI)
    return tmp_path


def test_a_folder_is_uploaded_and_named_by_its_digest(description: Path) -> None:
    visit = Visit()
    visit.submit("--scratch", "minidist", str(description), "--profile", "Disk")
    ((folder, name, content),) = visit.hub.uploads
    ((arguments, _),) = visit.hub.tasks
    assert arguments[3] == {
        "path": ".",
        "upload": f"{folder}/{name}",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == ["minidist.kiwi"]
    assert visit.said == [f"Uploading {description}: 1 file, {len(KIWI)} B"]


def test_two_uploads_do_not_meet(description: Path) -> None:
    visit = Visit()
    for _ in range(2):
        visit.submit("--scratch", "minidist", str(description), "--profile", "Disk")
    assert len({folder for folder, _, _ in visit.hub.uploads}) == 2


def test_a_folder_needs_scratch(description: Path) -> None:
    visit = Visit()
    with pytest.raises(RequestError, match="only be built as a scratch build"):
        visit.submit("minidist", str(description))
    assert visit.logins == 0


def test_a_folder_is_checked_before_it_is_uploaded(description: Path) -> None:
    visit = Visit()
    with pytest.raises(Exception, match=r"no profile .?Dsik"):
        visit.submit("--scratch", "minidist", str(description), "--profile", "Dsik")
    assert visit.hub.uploads == []

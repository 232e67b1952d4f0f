"""OSTree commits, fetched by the real ostree from a repository of the test's own."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters import process
from koji_imagebuild.adapters.configuration import BuilderConfiguration
from koji_imagebuild.adapters.ostree import OSTreeRepositories
from koji_imagebuild.errors import Infrastructure, PreflightError, RequestError
from koji_imagebuild.model.ostree import OSTreeFetched, OSTreeSource

from .repositories import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("ostree"), reason="needs ostree")

REF = "fedora/44/x86_64/iot"


def ostree(*words: object) -> str:
    done = subprocess.run(["ostree", *map(str, words)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(repository: Path, tree: Path, text: str) -> str:
    (tree / "usr").mkdir(parents=True, exist_ok=True)
    (tree / "usr/greeting").write_text(text)
    words = ("-b", REF, f"--tree=dir={tree}", "--owner-uid=0", "--owner-gid=0")
    return ostree("commit", f"--repo={repository}", *words)


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Its address, and the commits of its ref, the older first."""
    repository = tmp_path / "upstream"
    ostree("init", f"--repo={repository}", "--mode=archive")
    commits = tuple(commit(repository, tmp_path / "tree", text) for text in ("one", "two"))
    with served(repository) as address:
        yield f"http://{address}", commits  # type: ignore[misc]


@pytest.fixture
def builder() -> OSTreeRepositories:
    return OSTreeRepositories(BuilderConfiguration())


def test_a_ref_is_mirrored_at_its_commit(
    upstream: tuple[str, tuple[str, str]], builder: OSTreeRepositories, tmp_path: Path
) -> None:
    url, (older, newer) = upstream
    source = OSTreeSource(url, REF)

    fetched = builder.mirror(source, tmp_path / "mirror")

    assert fetched == OSTreeFetched(source, newer)
    assert (tmp_path / f"mirror/refs/heads/{REF}").read_text().strip() == newer
    assert ostree("ls", f"--repo={tmp_path / 'mirror'}", newer, "/usr/greeting").endswith(
        "greeting"
    )
    assert url not in (tmp_path / "mirror/config").read_text()
    with pytest.raises(subprocess.CalledProcessError):
        ostree("ls", f"--repo={tmp_path / 'mirror'}", older)


def test_a_commit_is_mirrored(
    upstream: tuple[str, tuple[str, str]], builder: OSTreeRepositories, tmp_path: Path
) -> None:
    url, (older, _) = upstream

    assert builder.mirror(OSTreeSource(url, older), tmp_path / "mirror").commit == older


@pytest.mark.parametrize("ref", ["fedora/44/x86_64/none", "0" * 64])
def test_what_is_not_there(
    upstream: tuple[str, tuple[str, str]], builder: OSTreeRepositories, tmp_path: Path, ref: str
) -> None:
    url, _ = upstream

    with pytest.raises(RequestError, match=f"{url} has no {ref}"):
        builder.mirror(OSTreeSource(url, ref), tmp_path / "mirror")


def test_a_repository_that_cannot_be_reached_is_tried_again(
    builder: OSTreeRepositories, tmp_path: Path
) -> None:
    with pytest.raises(Infrastructure, match="could not be fetched"):
        builder.mirror(OSTreeSource("http://127.0.0.1:1", REF), tmp_path / "mirror")


def test_a_builder_without_ostree(
    builder: OSTreeRepositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_ENVIRONMENT", {"PATH": str(tmp_path)})
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PreflightError, match="network = root"):
        builder.mirror(OSTreeSource("http://127.0.0.1:1", REF), tmp_path / "mirror")

"""Checking out real repositories, friendly and not."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from koji_imagebuild.adapters import git
from koji_imagebuild.errors import DescriptionError, Infrastructure

from . import repositories
from .repositories import asking, commit, new_repository, served


@dataclass(frozen=True)
class Repository:
    """Three commits: two on main, the first one tagged v1, one on the branch side/way."""

    folder: Path
    first: str
    main: str
    side: str


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = new_repository(tmp_path_factory.mktemp("git") / "images.git")
    first = commit(folder, "first", image__kiwi="one")
    repositories.git(folder, "tag", "--annotate", "--message=v1", "v1")
    repositories.git(folder, "switch", "--quiet", "--create=side/way")
    side = commit(folder, "side", image__kiwi="side")
    repositories.git(folder, "update-ref", "refs/pull/7/head", side)
    repositories.git(folder, "switch", "--quiet", "main")
    return Repository(folder, first, commit(folder, "second", image__kiwi="two"), side)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own settings."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@dataclass(frozen=True)
class Place:
    top: Path

    @property
    def folder(self) -> Path:
        return self.top / "checkout"

    @property
    def log(self) -> Path:
        return self.top / "checkout.log"

    def check_out(self, repository: Path, revision: str) -> str:
        return git.check_out(repository.as_uri(), revision, self.folder, self.log)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize(
    ("revision", "commit_of", "content"),
    [
        ("main", "main", "two"),
        ("HEAD", "main", "two"),
        ("origin/side/way", "side", "side"),
        ("refs/pull/7/head", "side", "side"),
        ("v1", "first", "one"),
    ],
)
def test_a_revision_becomes_a_commit(
    repository: Repository, place: Place, revision: str, commit_of: str, content: str
) -> None:
    found = place.check_out(repository.folder, revision)

    assert found == getattr(repository, commit_of)
    assert (place.folder / "image.kiwi").read_text() == content


@pytest.mark.parametrize("length", [40, 12])
def test_a_commit_by_its_number(repository: Repository, place: Place, length: int) -> None:
    assert place.check_out(repository.folder, repository.first[:length]) == repository.first
    assert (place.folder / "image.kiwi").read_text() == "one"


def test_what_git_says_is_logged(repository: Repository, place: Place) -> None:
    place.check_out(repository.folder, "main")

    log = place.log.read_text()
    assert log.startswith(f"$ git clone --no-checkout -- {repository.folder.as_uri()}")
    assert f"$ git -C {place.folder} checkout --detach --force {repository.main}" in log


@pytest.mark.parametrize("revision", ["gone", "0" * 40, "main:refs/heads/x", "refs/heads/*"])
def test_a_revision_that_is_not_there(repository: Repository, place: Place, revision: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        place.check_out(repository.folder, revision)

    assert caught.value.what == (
        f"{repository.folder.as_uri()} has no branch, tag or commit {revision}"
    )
    assert caught.value.log == "checkout.log"


@pytest.mark.parametrize("revision", ["^main", "v1..main", ":/second"])
def test_what_git_understands_and_is_no_revision(
    repository: Repository, place: Place, revision: str
) -> None:
    """:/TEXT is a commit by its message; it may be found, and nothing else may happen."""
    try:
        found = place.check_out(repository.folder, revision)
    except DescriptionError:
        found = repository.main

    assert found == repository.main


@pytest.mark.parametrize("revision", ["--upload-pack=touch {marker}", "--help"])
def test_a_revision_that_looks_like_an_option_is_none(
    repository: Repository, place: Place, revision: str
) -> None:
    marker = place.top / "ran"

    with pytest.raises(DescriptionError, match="has no branch, tag or commit"):
        place.check_out(repository.folder, revision.format(marker=marker))

    assert not marker.exists()


@pytest.mark.parametrize("url", ["--upload-pack=touch {marker}", "ext::touch {marker}"])
def test_a_url_runs_nothing(place: Place, url: str) -> None:
    marker = place.top / "ran"

    with pytest.raises(DescriptionError, match=r"^git clone of .* failed"):
        git.check_out(url.format(marker=marker), "main", place.folder, place.log)

    assert not marker.exists()


def test_a_repository_that_is_not_there(place: Place) -> None:
    with pytest.raises(DescriptionError) as caught:
        place.check_out(place.top / "gone", "main")

    assert "does not appear to be a git repository" in "\n".join(caught.value.lines)


def test_a_page_that_is_no_repository(place: Place) -> None:
    with served(place.top) as host, pytest.raises(DescriptionError, match="git clone"):
        git.check_out(f"http://{host}/gone.git", "main", place.folder, place.log)


def test_a_server_that_is_away_is_the_networks_fault(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/images.git"
        with pytest.raises(Infrastructure, match=f"git clone of {url} failed"):
            git.check_out(url, "main", place.folder, place.log)


def test_a_password_is_not_asked_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_ASKPASS", f"touch {place.top}/asked")
    calls = git._Git("url", place.log)

    calls.call("credential", "fill")

    assert not (place.top / "asked").exists()


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_hooks_do_not_run(repository: Repository, place: Place) -> None:
    """Even those that this machine puts into every new clone."""
    home = Path(os.environ["HOME"])
    executable(home / "template" / "hooks" / "post-checkout", f"touch {place.top}/ran")
    executable(home / "template" / "hooks" / "reference-transaction", f"touch {place.top}/ran")
    (home / ".gitconfig").write_text(f"[init]\ntemplateDir = {home}/template\n")

    place.check_out(repository.folder, "main")

    assert (place.folder / ".git" / "hooks" / "post-checkout").exists()
    assert not (place.top / "ran").exists()


def test_filters_of_the_repository_do_not_run(place: Place) -> None:
    source = new_repository(place.top / "source")
    commit(source, "filters", __gitattributes="* filter=evil\n", a="text")
    repositories.git(source, "config", "filter.evil.smudge", f"touch {place.top}/ran; cat")

    place.check_out(source, "main")

    assert (place.folder / "a").read_text() == "text"
    assert not (place.top / "ran").exists()


@pytest.mark.parametrize("kind", ["smudge", "process"])
def test_large_files_are_not_fetched(place: Place, kind: str) -> None:
    """A builder's git may have the filters of ``git lfs install``; they would go anywhere."""
    source = new_repository(place.top / "source")
    commit(source, "pointer", __gitattributes="* filter=lfs\n", a="pointer")
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        f'[filter "lfs"]\n{kind} = "touch {place.top}/ran; cat"\nrequired = true\n'
    )

    place.check_out(source, "main")

    assert (place.folder / "a").read_text() == "pointer"
    assert not (place.top / "ran").exists()


def test_symlinks_stay_what_they_are(place: Place) -> None:
    source = new_repository(place.top / "source")
    (source / "out").symlink_to("/etc/passwd")
    commit(source, "link")

    place.check_out(source, "main")

    assert (place.folder / "out").readlink() == Path("/etc/passwd")


def test_submodules_are_not_fetched(repository: Repository, place: Place) -> None:
    source = new_repository(place.top / "source")
    url = repository.folder.as_uri()
    repositories.git(
        source, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "inner"
    )
    commit(source, "submodule")

    place.check_out(source, "main")

    assert list((place.folder / "inner").iterdir()) == []


def test_a_password_comes_from_the_builders_own_settings_of_git(place: Place) -> None:
    """For one address and what is below it; no request and no log has it."""
    source = new_repository(place.top / "served" / "images")
    commit(source, "first", image__kiwi="one")
    repositories.git(source, "update-server-info")
    (source.parent / "other").symlink_to("images")
    home = Path(os.environ["HOME"])
    with served(source.parent, asking("robot:s3cret")) as host:
        with pytest.raises(DescriptionError, match="git clone of "):
            git.check_out(f"http://{host}/images/.git", "main", place.folder, place.log)
        (home / ".gitconfig").write_text(
            f'[credential "http://{host}/images"]\nhelper = store --file={home}/passwords\n'
        )
        (home / "passwords").write_text(f"http://robot:s3cret@{host}\n")
        git.check_out(f"http://{host}/images/.git", "main", place.folder, place.log)
        with pytest.raises(DescriptionError):
            git.check_out(f"http://{host}/other/.git", "main", place.top / "other", place.log)

    assert (place.folder / "image.kiwi").read_text() == "one"
    assert "s3cret" not in place.log.read_text()

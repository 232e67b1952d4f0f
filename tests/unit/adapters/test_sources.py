"""Sources as kojid's configuration allows them: repositories and uploaded folders."""

from __future__ import annotations

import gc
import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import koji.plugin
import pytest

from koji_imagebuild.adapters.sources import KojidSources
from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.model.source import Location

from . import repositories
from .koji_side import running
from .repositories import commit, new_repository, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UPLOAD = "cli-image-build-local/1763636400.2.abcd/folder.tar.gz"


@dataclass
class Hub:
    """A hub that knows the task's channel and has a policy for sources."""

    denied: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_channel(self, channel: int, *, strict: bool = False) -> dict[str, object]:
        return {"id": channel, "name": "image"}

    def eval_policy(self, name: str, data: dict[str, Any]) -> str:
        assert name == "build_from_scm"
        self.asked.append(data)
        return "deny not here" if self.denied else "allow none"


@dataclass(frozen=True)
class Remote:
    host: str
    commit: str

    def url(self, module: str = "", revision: str = "main") -> str:
        return f"git+http://{self.host}/images.git{module}#{revision}"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    top = tmp_path_factory.mktemp("scm")
    source = new_repository(top / "source")
    (source / "sub" / "folder").mkdir(parents=True)
    (source / "sub" / "out").symlink_to("../../..")
    (source / "sub" / "folder" / "image.kiwi").write_text("text")
    number = commit(source, "first")
    repositories.git(top, "clone", "--quiet", "--bare", "source", "images.git")
    repositories.git(top / "images.git", "update-server-info")
    with served(top) as host:
        yield Remote(host, number)


def sources(tmp_path: Path, hub: Hub | None = None, **options: Any) -> tuple[Any, KojidSources]:
    task = running(hub or Hub(), tmp_path / "workdir", **options)
    return task, KojidSources(task, "minidist-build", scratch=False)


def test_a_branch_becomes_a_pinned_url(remote: Remote, tmp_path: Path) -> None:
    task, fetching = sources(tmp_path)

    checkout = fetching.fetch(Location(url=remote.url()), tmp_path / "into")

    assert checkout.location == Location(url=remote.url(revision=remote.commit))
    assert checkout.folder == tmp_path / "into" / "images"
    assert (checkout.folder / "sub" / "folder" / "image.kiwi").read_text() == "text"
    log = task.session.uploads["tasks/42/42/checkout.log"].decode()
    assert f"checkout --detach --force {remote.commit}" in log


def test_a_module_is_a_folder_inside(remote: Remote, tmp_path: Path) -> None:
    _, fetching = sources(tmp_path)

    checkout = fetching.fetch(Location(url=remote.url("?sub/folder")), tmp_path / "into")

    assert (checkout.folder / "image.kiwi").read_text() == "text"
    assert checkout.location.url == remote.url("?sub/folder", remote.commit)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("?../..", "leads out of the repository"),
        ("?sub/out", "leads out of the repository"),
        ("?/etc", "is absolute"),
        ("?gone", "gone does not exist in the repository"),
    ],
)
def test_a_module_that_is_not_inside_is_refused(
    remote: Remote, tmp_path: Path, module: str, said: str
) -> None:
    _, fetching = sources(tmp_path)

    with pytest.raises(DescriptionError, match=said):
        fetching.fetch(Location(url=remote.url(module)), tmp_path / "into")


def test_the_log_is_kept_when_it_fails(remote: Remote, tmp_path: Path) -> None:
    task, fetching = sources(tmp_path)

    with pytest.raises(DescriptionError):
        fetching.fetch(Location(url=remote.url(revision="gone")), tmp_path / "into")

    assert b"couldn't find remote ref gone" in task.session.uploads["tasks/42/42/checkout.log"]


def test_what_kojid_does_not_allow_is_not_fetched(remote: Remote, tmp_path: Path) -> None:
    _, fetching = sources(tmp_path, allowed_scms="example.org:/*")

    with pytest.raises(koji.BuildError, match="is not in the list of allowed SCMs"):
        fetching.fetch(Location(url=remote.url()), tmp_path / "into")

    assert list((tmp_path / "into").iterdir()) == []


def test_what_the_hubs_policy_does_not_allow_is_not_fetched(remote: Remote, tmp_path: Path) -> None:
    hub = Hub(denied=True)
    _, fetching = sources(
        tmp_path, hub, allowed_scms_use_config=False, allowed_scms_use_policy=True
    )

    with pytest.raises(koji.BuildError, match="not here"):
        fetching.fetch(Location(url=remote.url()), tmp_path / "into")

    (data,) = hub.asked
    assert {key: data[key] for key in ("user_id", "channel", "scratch")} == {
        "user_id": 1,
        "channel": "image",
        "scratch": False,
    }
    assert list((tmp_path / "into").iterdir()) == []


def test_plugins_are_told_before_and_after(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    def tell(kind: str, **facts: Any) -> None:
        told.append((kind, facts))

    for kind in ("preSCMCheckout", "postSCMCheckout"):
        monkeypatch.setitem(koji.plugin.callbacks, kind, [tell])
    _, fetching = sources(tmp_path)

    fetching.fetch(Location(url=remote.url()), tmp_path / "into")

    assert [kind for kind, _ in told] == ["preSCMCheckout", "postSCMCheckout"]
    assert {facts["build_tag"] for _, facts in told} == {"minidist-build"}
    assert told[1][1]["srcdir"] == str(tmp_path / "into" / "images")


@pytest.mark.parametrize(
    ("url", "asked", "folder"),
    [
        ("git+ssh://user@{host}/a/images#main", "ssh://user@{host}/a/images", "images"),
        ("git://{host}/a/.git#main", "git://{host}/a/.git", "source"),
        ("git+https://{host}/images/#main", "https://{host}/images", "images"),
    ],
)
def test_how_git_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, asked: str, folder: str
) -> None:
    seen: list[tuple[str, str]] = []

    def check_out(url: str, revision: str, into: Path, log: Path) -> str:
        into.mkdir()
        log.touch()
        seen.append((url, into.name))
        return "c" * 40

    monkeypatch.setattr("koji_imagebuild.adapters.git.check_out", check_out)
    _, fetching = sources(tmp_path)

    fetching.fetch(Location(url=url.format(host="127.0.0.1")), tmp_path / "into")

    assert seen == [(asked.format(host="127.0.0.1"), folder)]


def packed() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        member = tarfile.TarInfo("image.kiwi")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"text"))
    return stream.getvalue()


def uploaded(topdir: Path, content: bytes) -> Location:
    path = topdir / "work" / UPLOAD
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Location(upload=UPLOAD, sha256=hashlib.sha256(packed()).hexdigest())


def test_an_upload_is_unpacked(tmp_path: Path) -> None:
    location = uploaded(tmp_path / "koji", packed())
    _, fetching = sources(tmp_path, topdir=str(tmp_path / "koji"))

    checkout = fetching.fetch(location, tmp_path / "into")

    assert (checkout.folder / "image.kiwi").read_text() == "text"
    assert checkout.location == location


def test_an_upload_comes_over_http_as_well(tmp_path: Path) -> None:
    location = uploaded(tmp_path / "koji", packed())
    with served(tmp_path / "koji") as host:
        _, fetching = sources(tmp_path, topurl=f"http://{host}")
        checkout = fetching.fetch(location, tmp_path / "into")

    assert (checkout.folder / "image.kiwi").read_text() == "text"


def test_another_upload_than_was_submitted_is_refused(tmp_path: Path) -> None:
    location = uploaded(tmp_path / "koji", packed() + b"\0")
    _, fetching = sources(tmp_path, topdir=str(tmp_path / "koji"))

    with pytest.raises(DescriptionError, match="its digest differs"):
        fetching.fetch(location, tmp_path / "into")

    assert list((tmp_path / "into").iterdir()) == []


def test_an_upload_that_is_gone(tmp_path: Path) -> None:
    _, fetching = sources(tmp_path, topdir=str(tmp_path))

    assert_gone(fetching, tmp_path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_upload_that_is_gone_over_http(tmp_path: Path) -> None:
    """koji.openRemoteFile leaves its temporary file open when a download fails."""
    with served(tmp_path) as host:
        _, fetching = sources(tmp_path, topurl=f"http://{host}")
        assert_gone(fetching, tmp_path)
    gc.collect()


def assert_gone(fetching: KojidSources, tmp_path: Path) -> None:
    with pytest.raises(DescriptionError, match="is gone") as caught:
        fetching.fetch(Location(upload=UPLOAD, sha256="0" * 64), tmp_path / "into")

    assert caught.value.repair == "Submit it again"

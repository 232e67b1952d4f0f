"""KojiDir and git over plain http: ranges, and no way out."""

from __future__ import annotations

import http.client
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .clients import Sandbox

CONTENT = bytes(range(256)) * 2048


@pytest.fixture
def file(sandbox: Sandbox) -> str:
    """URL path of a half-MiB file."""
    folder = sandbox.topdir / "packages/x/1/1/images"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x ü.tar.gz").write_bytes(CONTENT)
    return "/kojifiles/packages/x/1/1/images/x%20%C3%BC.tar.gz"


def ask(
    sandbox: Sandbox, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Without a client that tidies paths up."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.state.endpoints().files_port)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_a_whole_file(sandbox: Sandbox, file: str) -> None:
    status, headers, body = ask(sandbox, file)
    assert (status, body) == (200, CONTENT)
    assert headers["Content-Type"] == "application/octet-stream"
    assert "Content-Encoding" not in headers
    assert headers["Last-Modified"].endswith("GMT")
    status, headers, body = ask(sandbox, file, "HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(CONTENT)), b"")


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=300000-", 206, slice(300000, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=10-99999999", 206, slice(10, None)),
        ("bytes=0-", 200, slice(None)),
        ("bytes=1-2,5-6", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
    ],
)
def test_ranges(sandbox: Sandbox, file: str, asked: str, status: int, span: slice) -> None:
    got, headers, body = ask(sandbox, file, Range=asked)
    assert (got, body) == (status, CONTENT[span])
    assert headers["Content-Length"] == str(len(CONTENT[span]))
    assert ("Content-Range" in headers) == (status == 206)


@pytest.mark.parametrize("asked", [f"bytes={len(CONTENT)}-", "bytes=9-5", "bytes=-0"])
def test_ranges_that_are_not_there(sandbox: Sandbox, file: str, asked: str) -> None:
    status, headers, _ = ask(sandbox, file, Range=asked)
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/hub.db",
        "/kojifiles/../hub.db",
        "/kojifiles/%2e%2e/hub.db",
        "/kojifiles/..%2fhub.db",
        "/kojifiles//etc/passwd",
        "/kojifiles/packages/../../certs/ca.pem",
        "/kojifiles/none",
        "/kojifiles/a%00b",
        "/certs/ca.pem",
        "/scm/../hub.db",
    ],
)
def test_nothing_else(sandbox: Sandbox, path: str) -> None:
    assert ask(sandbox, path)[0] == 404


def test_symlinks_inside_only(sandbox: Sandbox, file: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    links = {"inside": "packages/x/1/1/images/x ü.tar.gz", "outside": str(tmp_path / "secret"),
             "folder": str(tmp_path), "up": ".."}  # fmt: skip
    for name, target in links.items():
        if not (sandbox.topdir / name).is_symlink():
            (sandbox.topdir / name).symlink_to(target)
    assert ask(sandbox, "/kojifiles/inside")[2] == CONTENT
    for path in ("outside", "folder/secret", "up/hub.db", "up"):
        assert ask(sandbox, f"/kojifiles/{path}")[0] == 404


def test_folders_are_listed(sandbox: Sandbox, file: str) -> None:
    status, headers, _ = ask(sandbox, "/kojifiles/packages/x/1/1/images")
    assert (status, headers["Location"]) == (301, "/kojifiles/packages/x/1/1/images/")
    status, _, page = ask(sandbox, "/kojifiles/packages/x/1/1/images/")
    assert status == 200
    assert '<a href="x%20%C3%BC.tar.gz">x ü.tar.gz</a>' in page.decode()


def test_read_only(sandbox: Sandbox, file: str) -> None:
    for method in ("PUT", "POST", "DELETE"):
        assert ask(sandbox, file, method)[0] == 405


def test_git(sandbox: Sandbox, tmp_path: Path) -> None:
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(tmp_path)}

    def git(*argv: str, cwd: Path) -> None:
        command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", *argv]
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, env=quiet)

    source = tmp_path / "source"
    source.mkdir()
    (source / "a.kiwi").write_text("<image/>")
    git("init", "--quiet", "--initial-branch=main", cwd=source)
    git("add", ".", cwd=source)
    git("commit", "--quiet", "-m", "a", cwd=source)
    bare = sandbox.state.scm / "descriptions"
    git("clone", "--quiet", "--bare", str(source), str(bare), cwd=tmp_path)
    git("update-server-info", cwd=bare)
    url = f"{sandbox.state.endpoints().scm}/descriptions"
    git("clone", "--quiet", "--branch", "main", url, str(tmp_path / "clone"), cwd=tmp_path)
    assert (tmp_path / "clone/a.kiwi").read_text() == "<image/>"

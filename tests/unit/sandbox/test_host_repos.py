"""Where the host's dnf takes packages from: dnf is a script here that says what dnf5 documents."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.sandbox import host_repos

if TYPE_CHECKING:
    from pathlib import Path

METALINK = """<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/">
 <files><file name="repomd.xml"><resources>
  <url protocol="rsync" preference="100">rsync://a.example.com/44/repodata/repomd.xml</url>
  {urls}
 </resources></file></files>
</metalink>"""
HTTP = """<url protocol="https" preference="99">https://b.example.com/44/repodata/repomd.xml</url>
  <url protocol="http" preference="98">http://c.example.com/44/repodata/repomd.xml</url>"""


def repo(name: str, **different: Any) -> dict[str, Any]:
    plain = {"is_enabled": True, "base_url": [], "metalink": "", "mirrorlist": ""}
    return {"id": name, "name": f"Fedora - {name}", **plain, **different}


@pytest.fixture
def dnf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "bin" / "dnf"
    script.parent.mkdir()
    script.touch(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    return script


def says(dnf: Path, *repos: dict[str, Any]) -> None:
    answer = dnf.with_name("answer")
    answer.write_text(json.dumps(repos))
    dnf.write_text(f'#!/bin/sh\necho "$*" > {dnf}.argv\ncat {answer}\n')


def test_a_base_url_and_a_mirror(dnf: Path, tmp_path: Path) -> None:
    metalink = tmp_path / "metalink.xml"
    metalink.write_text(METALINK.format(urls=HTTP))
    says(
        dnf,
        repo("fedora", metalink=metalink.as_uri()),
        repo("updates", base_url=["http://127.0.0.1/updates", "http://127.0.0.1/second"]),
    )
    assert list(host_repos.find(("updates", "fedora")).items()) == [
        ("updates", "http://127.0.0.1/updates/"),
        ("fedora", "https://b.example.com/44/"),
    ]
    argv = dnf.with_name("dnf.argv").read_text()
    assert argv == "--quiet repo info --json updates fedora\n"


def test_without_a_mirror_that_speaks_http() -> None:
    with pytest.raises(PreflightError, match="no mirror in http://m speaks http"):
        host_repos.mirror(METALINK.format(urls="").encode(), "http://m")


@pytest.mark.parametrize("repos", [[repo("fedora")], [repo("updates", is_enabled=False)]])
def test_a_repository_that_is_not_enabled(repos: list[dict[str, Any]]) -> None:
    with pytest.raises(PreflightError, match="no enabled repository updates") as caught:
        host_repos.enabled(json.dumps(repos), ("updates",))
    assert caught.value.repair == "dnf config-manager setopt updates.enabled=1"


def test_a_repository_with_only_a_mirror_list(dnf: Path) -> None:
    says(dnf, repo("fedora", mirrorlist="http://127.0.0.1/mirrors"))
    with pytest.raises(PreflightError, match="fedora has neither baseurl nor metalink"):
        host_repos.find(("fedora",))


def test_dnfs_own_words(dnf: Path) -> None:
    dnf.write_text("#!/bin/sh\necho 'Unknown argument --json' >&2; exit 2\n")
    with pytest.raises(PreflightError, match=r"dnf --quiet repo info .* failed") as caught:
        host_repos.find(("fedora",))
    assert caught.value.lines == ("Unknown argument --json",)

"""What Koji has of a manifest's files: by name, by signing key, and only with the right digest."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from koji_imagebuild.adapters import addresses
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.adapters.stock import KojiStock
from koji_imagebuild.tools.base import Download

from .koji_side import Session
from .repositories import served

STORE = PurePosixPath("/builddir/image-build/osbuild/store/sources/org.osbuild.files")
BUILDS = {
    1: {"name": "bash", "version": "5.2", "release": "1", "volume_name": "DEFAULT"},
    2: {"name": "hello", "version": "2", "release": "3", "volume_name": "slow"},
}


def digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def download(name: str, text: bytes) -> Download:
    url = f"https://example.org/repo/Packages/{name}?x=1"
    return Download(url, digest(text), STORE / f"sha256:{digest(text)}")


@dataclass
class Hub:
    """Knows bash 5.2-1, hello 2-3 and one RPM of somebody else's."""

    signed: dict[int, list[str]] = field(default_factory=dict)

    def get_rpm(self, nvra: dict[str, Any]) -> dict[str, Any] | None:
        known = {
            ("bash", "x86_64"): (1, 0),
            ("hello", "noarch"): (2, 0),
            ("foreign", "noarch"): (3, 7),
        }
        found = known.get((nvra["name"], nvra["arch"]))
        if found is None:
            return None
        number, origin = found
        return {**nvra, "id": number, "build_id": number, "external_repo_id": origin}

    def get_build(self, number: int) -> dict[str, Any]:
        return BUILDS[number]

    def query_rpmsigs(self, rpm_id: int) -> list[dict[str, str]]:
        return [{"sigkey": key} for key in ("", *self.signed.get(rpm_id, []))]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return tmp_path / "koji"


def put(top: Path, path: str, text: bytes) -> None:
    (top / path).parent.mkdir(parents=True, exist_ok=True)
    (top / path).write_bytes(text)


BASH = "packages/bash/5.2/1/x86_64/bash-5.2-1.x86_64.rpm"
SIGNED = "packages/bash/5.2/1/data/signed/abcd1234/x86_64/bash-5.2-1.x86_64.rpm"
HELLO = "vol/slow/packages/hello/2/3/noarch/hello-2-3.noarch.rpm"


def lay_out(top: Path, hub: Hub, *wanted: Download) -> tuple[Session, list[str]]:
    session = Session(hub)
    stock = KojiStock(session, KojiShelf(str(top)))
    return session, [place for _, place in stock.lay_out(wanted, top.parent / "root")]


def in_store(top: Path) -> list[str]:
    return sorted(path.name for path in (top.parent / "root" / STORE.relative_to("/")).iterdir())


def test_by_name_from_the_volume_it_is_on(top: Path) -> None:
    put(top, BASH, b"bash")
    put(top, HELLO, b"hello")
    wanted = [
        download("bash-5.2-1.x86_64.rpm", b"bash"),
        download("hello-2-3.noarch.rpm", b"hello"),
    ]
    session, found = lay_out(top, Hub(), *wanted)
    assert found == [BASH, HELLO]
    assert in_store(top) == sorted(f"sha256:{digest(text)}" for text in (b"bash", b"hello"))
    assert session.calls == ["multiCall", "multiCall"]


def test_the_signed_copy_when_the_digest_is_its(top: Path) -> None:
    put(top, BASH, b"bash")
    put(top, SIGNED, b"signed bash")
    wanted = download("bash-5.2-1.x86_64.rpm", b"signed bash")
    _, found = lay_out(top, Hub(signed={1: ["abcd1234"]}), wanted)
    assert found == [SIGNED]
    assert in_store(top) == [f"sha256:{wanted.sha256}"]


@pytest.mark.parametrize(
    "name",
    [
        "bash-5.2-1.x86_64.rpm",
        "unknown-1-1.noarch.rpm",
        "foreign-1-1.noarch.rpm",
        "bash.rpm",
        "kickstart",
        ".rpm",
        "",
    ],
)
def test_what_koji_does_not_have(top: Path, name: str) -> None:
    put(top, BASH, b"rebuilt, and so another digest")
    _, found = lay_out(top, Hub(), download(name, b"bash"))
    assert found == [""]
    assert not list((top.parent / "root").rglob("*sha256*"))


def test_a_file_that_koji_has_lost(top: Path) -> None:
    _, found = lay_out(top, Hub(), download("bash-5.2-1.x86_64.rpm", b"bash"))
    assert found == [""]


def test_nothing_is_written_through_a_link(top: Path, tmp_path: Path) -> None:
    put(top, BASH, b"bash")
    wanted = download("bash-5.2-1.x86_64.rpm", b"bash")
    target = tmp_path / "root" / wanted.path.relative_to("/")
    target.parent.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    target.symlink_to(victim)
    Path(f"{target}.part").symlink_to(victim)
    _, found = lay_out(top, Hub(), wanted)
    assert found == [""]
    assert victim.read_text() == "mine"


def test_the_address_when_the_builder_is_to_ask_it(top: Path) -> None:
    put(top, BASH, b"another bash")
    asked: list[str] = []

    def elsewhere(url: str) -> io.BytesIO:
        asked.append(url)
        return io.BytesIO(b"bash")

    wanted = [download("bash-5.2-1.x86_64.rpm", b"bash"), download("kickstart", b"not this")]
    stock = KojiStock(Session(Hub()), KojiShelf(str(top)), elsewhere)
    found = [place for _, place in stock.lay_out(wanted, top.parent / "root")]
    assert found == [wanted[0].url, ""]
    assert asked == [each.url for each in wanted]
    assert in_store(top) == [f"sha256:{wanted[0].sha256}"]


def test_only_addresses_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"there")
    assert addresses.read(f"file://{tmp_path}/there") is None
    assert addresses.read(str(tmp_path / "there")) is None
    with served(tmp_path) as host:
        assert addresses.read(f"http://{host}/gone") is None
        opened = addresses.read(f"http://{host}/there")
        assert opened is not None
        with opened as stream:
            assert stream.read() == b"there"

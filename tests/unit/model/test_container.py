"""References of container images: what is taken, and what each side calls them."""

from __future__ import annotations

import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.container import Container, Fetched

DIGEST = "sha256:" + "a1" * 32


@pytest.mark.parametrize(
    ("text", "address", "local"),
    [
        ("h.example/a/b", "h.example/a/b", "h.example/a/b:latest"),
        ("h.example/a/b:44", "h.example/a/b:44", "h.example/a/b:44"),
        ("localhost:5000/x", "localhost:5000/x", "localhost:5000/x:latest"),
        (f"127.0.0.1:5/x@{DIGEST}", f"127.0.0.1:5/x@{DIGEST}", "127.0.0.1:5/x:latest"),
        (f"h.example/x:44@{DIGEST}", f"h.example/x@{DIGEST}", "h.example/x:44"),
    ],
)
def test_names(text: str, address: str, local: str) -> None:
    found = Container.read(text, "opts")

    assert (found.text, found.address, found.local) == (text, address, local)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fedora:44",
        "library/fedora",
        "docker://h.example/x",
        "--all",
        "-h.example/x",
        "h.example/-x",
        "h.example/../x",
        "h.example//x",
        "h.example/x:",
        "h.example/x:a:b",
        "h.example/x y",
        "h.example/x\n",
        "h.example/X",
        "h.example/x@sha256:12",
        "h.example/x@md5:" + "a" * 32,
        f"user:secret@h.example/x@{DIGEST}",
        "h.example/" + "x" * 250,
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"^opts\[0\]: .* is not a container image"):
        Container.read(text, "opts[0]")


def test_a_pin_keeps_the_name_and_is_recognized() -> None:
    asked = Container.read("h.example/x:44", "opts")
    pinned = asked.pinned(DIGEST)

    assert pinned.text == f"h.example/x:44@{DIGEST}"
    assert pinned.is_pin_of(asked)
    assert pinned.is_pin_of(pinned)
    assert not asked.is_pin_of(asked)
    assert not pinned.is_pin_of(Container.read("h.example/x:45", "opts"))


def test_on_record() -> None:
    pinned = Container.read(f"h.example/x:44@{DIGEST}", "opts")

    assert Fetched(pinned, "sha256:" + "b" * 64).on_record() == {
        "reference": "h.example/x:44",
        "digest": DIGEST,
        "manifest": "sha256:" + "b" * 64,
    }

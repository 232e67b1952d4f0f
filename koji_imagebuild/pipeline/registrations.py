"""Registrations: the builder's secret, in the build root for as long as a tool reads it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.manifest import withheld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.tools.layout import Layout


class Registrations(Protocol):
    """The builder's, by name."""

    def read(self, name: str) -> bytes:
        """A file as image-builder takes it, checked.

        :raises koji_imagebuild.errors.PreflightError: when there is none that can be used
        """
        ...


@contextmanager
def lent(content: bytes, layout: Layout) -> Iterator[None]:
    """Let a tool read them; nothing of them stays in that place.

    :param content: empty where none were asked for
    """
    path = layout.on_builder(registrations.place(layout.work))
    try:
        if content:
            path.touch(0o600, exist_ok=False)
            path.write_bytes(content)
        yield
    finally:
        path.unlink(missing_ok=True)


def forget(content: bytes, layout: Layout) -> None:
    """Remove what a tool made of them beside the image: Koji keeps build roots for some hours."""
    if content:
        withheld.item(registrations.read(content, "", ""), layout).unlink(missing_ok=True)

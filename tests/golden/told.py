"""Golden files as text, and comparing with one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.base import Command


def block(title: str, lines: object) -> str:
    return "\n".join([f"== {title}", *map(str, lines), ""])  # type: ignore[call-overload]


def command(one: Command) -> str:
    return block(f"{one.log}: {one.step}", one.argv)


def compare(got: str, expected: Path) -> None:
    """``UPDATE_GOLDEN=1`` writes the file first."""
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_bytes(got.encode())
    assert got == expected.read_bytes().decode()

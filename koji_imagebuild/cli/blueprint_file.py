"""A blueprint in a file on this machine, as image-builder would read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.tools.image_builder.blueprint import Blueprint

if TYPE_CHECKING:
    from collections.abc import Callable


def read(name: str) -> dict[str, Any]:
    """A ``.json`` or ``.toml`` file, checked.

    :raises ArgumentsError: naming the file, and the line where there is one
    :raises koji_imagebuild.errors.RequestError: naming the file and the key
    """
    path = Path(name).expanduser()
    parsers: dict[str, Callable[[str], Any]] = {".json": json.loads, ".toml": _toml}
    parse = parsers.get(path.suffix)
    if parse is None:
        raise ArgumentsError(f"{name} is neither a .json nor a .toml file")
    try:
        value = parse(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ArgumentsError(f"{name}: {problem.strerror}") from None
    # Both decoders' errors and UnicodeError are ValueErrors.
    except (ValueError, RecursionError) as problem:
        raise ArgumentsError(f"{name}: {problem}") from None
    return Blueprint.of(value, name).to_wire()


def _toml(text: str) -> dict[str, Any]:
    try:
        import tomllib  # noqa: PLC0415  # from Python 3.11 on
    except ImportError:
        import tomli as tomllib  # noqa: PLC0415
    value: dict[str, Any] = tomllib.loads(text)
    return value

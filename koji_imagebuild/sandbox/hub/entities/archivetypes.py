"""Which files the hub takes: known by their extension, the longest one that fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox.hub.entities import names

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row


def all_types(call: Call) -> list[Row]:
    return call.db.rows("SELECT * FROM archivetypes ORDER BY id")


def of_file(call: Call, filename: str) -> Row | None:
    """The type of ``x.tar.gz`` is looked for as x.tar.gz, then tar.gz, then gz."""
    by_extension = {
        extension.lower(): row for row in all_types(call) for extension in row["extensions"].split()
    }
    parts = filename.lower().split(".")
    for start in range(len(parts)):
        found = by_extension.get(".".join(parts[start:]))
        if found is not None:
            return found
    return None


def add(call: Call, name: str, description: str, extensions: str, compression: str | None) -> None:
    """:raises koji.GenericError: when the name or an extension is taken or malformed"""
    names.verify(name)
    if compression not in {"zip", "tar", None}:
        raise koji.GenericError(f"Unsupported compression type {compression}")
    known = all_types(call)
    if name in (row["name"] for row in known):
        raise koji.GenericError(f"archivetype {name} already exists")
    taken = {extension for row in known for extension in row["extensions"].split()}
    for extension in extensions.split(" "):
        if not re.fullmatch(r"[A-Za-z0-9.]+", extension):
            raise koji.GenericError(f"No such {extension} file extension")
        if extension in taken:
            raise koji.GenericError(f"file extension {extension} already exists")
    call.db.insert(
        "archivetypes",
        name=name,
        description=description,
        extensions=extensions,
        compression_type=compression,
    )

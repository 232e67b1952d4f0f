"""Reads a containers-storage, the place where podman and bootc images live."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

STORAGE = Path("/var/lib/containers/storage")


@dataclass(frozen=True)
class Image:
    """:param id: 64 hexadecimal digits. :param digests: of its manifests"""

    id: str
    names: tuple[str, ...]
    digests: tuple[str, ...]

    def is_called(self, reference: str) -> bool:
        """Whether a reference means it: by id, tag or digest."""
        name, _, digest = reference.partition("@")
        if digest:
            return digest in self.digests
        return reference in (self.id, *self.names) or f"{name}:latest" in self.names


def images(storage: Path = STORAGE) -> tuple[Image, ...]:
    """All images that are stored, by whichever driver."""
    return tuple(
        Image(
            each["id"],
            tuple(each.get("names") or ()),
            tuple(each.get("big-data-digests", {}).values()),
        )
        for index in sorted(storage.glob("*-images/images.json"))
        for each in json.loads(index.read_text())
    )

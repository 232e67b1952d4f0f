"""Name, version and release: the identity of a Koji build."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NVR:
    """A build's identity. A scratch build has one too, though the hub never hears of it."""

    name: str
    version: str
    release: str

    def __str__(self) -> str:
        return f"{self.name}-{self.version}-{self.release}"

"""A hub that knows some RPMs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import koji

from koji_imagebuild.model.rpms import Rpm

OURS, THEIRS = "aa" * 16, "bb" * 16


def rpm(name: str, sigmd5: str = OURS) -> Rpm:
    return Rpm(name, None, "1", "1", "noarch", sigmd5, 10, 20)


@dataclass
class RpmHub:
    """RPMs by name: their payload hash, and the external repository they are from."""

    rpms: dict[str, tuple[str | None, str | None]] = field(
        default_factory=lambda: {
            "same": (OURS, None),
            "other": (THEIRS, None),
            "unhashed": (None, None),
            "epel": (OURS, "epel"),
        }
    )

    def get_rpm(self, rpminfo: dict[str, Any]) -> dict[str, Any] | None:
        assert set(rpminfo) >= {"name", "version", "release", "arch"}
        if rpminfo["name"] == "refused":
            raise koji.GenericError("the database is away")
        if rpminfo["name"] not in self.rpms:
            return None
        payloadhash, repo = self.rpms[rpminfo["name"]]
        return {
            "payloadhash": payloadhash,
            "external_repo_id": 7 if repo else 0,
            "external_repo_name": repo or "INTERNAL",
        }

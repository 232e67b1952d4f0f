"""What an earlier ``…image-build.json`` says, and how two of them compare. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from koji_imagebuild.model.artifact import Kind
from koji_imagebuild.model.result import FileSum

_MANIFEST = ".osbuild-manifest.json"
#: So many names fit a line; the documents have them all.
_SHOWN = 5


@dataclass(frozen=True)
class Record:
    """One arch's document.

    :param images: digests of the images, sorted
    :param rpms: sigmd5 by NVRA
    """

    files: tuple[FileSum, ...]
    images: tuple[str, ...]
    rpms: dict[str, str]
    failed: bool

    @classmethod
    def read(cls, data: bytes) -> Record | None:
        """None for what is no such document."""
        try:
            document: dict[str, Any] = json.loads(data)
            files = document["files"]
            return cls(
                files=tuple(FileSum(f["name"], int(f["size"]), f["sha256"]) for f in files),
                images=tuple(sorted(f["sha256"] for f in files if f["kind"] == Kind.IMAGE.value)),
                rpms={rpm["nvra"]: rpm["sigmd5"] for rpm in document["rpms"]},
                failed="failure" in document,
            )
        except (KeyError, TypeError, ValueError):
            return None

    @property
    def manifests(self) -> tuple[str, ...]:
        """Digests of the osbuild manifests, which fix layout and UUIDs; sorted."""
        return tuple(sorted(f.sha256 for f in self.files if f.name.endswith(_MANIFEST)))


@dataclass(frozen=True)
class Comparison:
    """An arch that was built again, beside what it was before.

    :param task_id: the earlier arch task
    :param packages: how many there are now
    :param gone: NVRAs that were in the image before
    :param come: NVRAs that are only now
    :param others: NVRAs that are another build of the same name now, by sigmd5
    :param same_manifest: None where there is none
    """

    task_id: int
    packages: int
    gone: tuple[str, ...]
    come: tuple[str, ...]
    others: tuple[str, ...]
    same_bits: bool
    same_manifest: bool | None

    @property
    def same_packages(self) -> bool:
        return not (self.gone or self.come or self.others)

    def text(self) -> str:
        """One line, which claims no more than was compared."""
        if self.same_packages:
            said = [f"same packages ({self.packages})"]
        else:
            changes = (("gone", self.gone), ("new", self.come), ("rebuilt", self.others))
            said = [f"{word}: {_some(names)}" for word, names in changes if names]
        if self.same_manifest is not None:
            said.append("same layout and UUIDs" if self.same_manifest else "another manifest")
        if self.same_bits:
            said.append("same bits")
        return f"compared with task {self.task_id}: {'; '.join(said)}"

    def document(self) -> dict[str, object]:
        known = {} if self.same_manifest is None else {"same_manifest": self.same_manifest}
        return {
            "task": self.task_id,
            "same_packages": self.same_packages,
            "gone": list(self.gone),
            "new": list(self.come),
            "rebuilt": list(self.others),
            "same_bits": self.same_bits,
            **known,
        }


def compare(task_id: int, before: Record, now: Record) -> Comparison:
    """:param task_id: the arch task that ``before`` is of"""
    both = set(before.rpms) & set(now.rpms)
    manifest = before.manifests == now.manifests if before.manifests and now.manifests else None
    return Comparison(
        task_id=task_id,
        packages=len(now.rpms),
        gone=tuple(sorted(set(before.rpms) - both)),
        come=tuple(sorted(set(now.rpms) - both)),
        others=tuple(sorted(nvra for nvra in both if before.rpms[nvra] != now.rpms[nvra])),
        same_bits=bool(now.images) and before.images == now.images,
        same_manifest=manifest,
    )


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")

"""What is kept of a failed arch beside its logs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from koji_imagebuild.adapters import process
from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.layout import WORK
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from koji_imagebuild.pipeline.ports import Root

#: Larger ones are cut: their end tells why, in bytes.
_LARGEST = 4 << 20
_SECONDS = 10

_FILES = ("var/log/dnf.log", "var/log/dnf5.log", "var/log/dnf.librepo.log")
_IN_IMAGE = (*_FILES, ".profile")
#: Where tools install images into, below the work folder (tools/kiwi/plan.py).
_IMAGE_ROOTS = ("*/prepared", "*/*/root")


class FailureEvidence:
    """Copies of a failure's traces, in the task's folder.

    :param workdir: the task's
    """

    def __init__(self, workdir: Path) -> None:
        self._folder = workdir / "evidence"

    def collect(self, root: Root) -> tuple[Path, ...]:
        if not root.path.exists():  # it could not be filled
            return ()
        self._folder.mkdir(exist_ok=True)
        tree = Tree(root.path, "the build root")
        kept = [*self._files(tree, "", _FILES, "buildroot")]
        images = _image_roots(tree)
        for place in images:
            prefix = "image" if len(images) == 1 else f"image-{place.parent.name}"
            kept += self._files(tree, str(place.relative_to(tree.top)), _IN_IMAGE, prefix)
        kept.append(self._machine(root))
        return tuple(kept)

    def _files(self, tree: Tree, below: str, names: tuple[str, ...], prefix: str) -> Iterator[Path]:
        for name in names:
            try:
                source = tree.file(f"{below}/{name}".lstrip("/"))
            except DescriptionError:
                continue
            copy = self._folder / f"{prefix}-{name.rpartition('/')[2].lstrip('.')}".replace(
                "-profile", "-profile.txt"
            )
            with source.open("rb") as stream, copy.open("wb") as kept:
                stream.seek(max(0, source.stat().st_size - _LARGEST))
                shutil.copyfileobj(stream, kept)
            yield copy

    def _machine(self, root: Root) -> Path:
        path = self._folder / "machine.log"
        disk = process.call(("df", "-h", "--", str(root.path)), _SECONDS)
        devices = process.call(("lsblk", "--output", "NAME,SIZE,TYPE,MOUNTPOINT"), _SECONDS)
        path.write_text(f"{disk.output}\n{devices.output}")
        return path


def _image_roots(tree: Tree) -> list[Path]:
    """Those that something was installed into; of a type with a shared root there is none."""
    work = tree.top / WORK.relative_to("/")
    found = (place for pattern in _IMAGE_ROOTS for place in sorted(work.glob(pattern)))
    return [place for place in found if (place / "var").is_dir()]

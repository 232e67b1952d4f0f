"""The folder that ``--store`` names: sources, trees that are kept, and trees being made."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

UNLIMITED = -1


class Store:
    """Trees live below tmp/ until the end of the run; a checkpoint is copied to objects/."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        self._made: dict[str, Path] = {}
        for name in ("objects", "sources", "stage", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._info = folder / "cache.info"
        if not self._info.exists():
            self._info.write_text('{"version": 1}')
            (folder / "cache.size").write_text("0")
            (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        with (self.folder / "cache.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield
            finally:
                for path in self._made.values():
                    shutil.rmtree(path, ignore_errors=True)

    @property
    def maximum_size(self) -> int:
        """Bytes that trees may take; 0 until somebody says otherwise, so nothing is kept."""
        return int(json.loads(self._info.read_text()).get("maximum-size", 0))

    @maximum_size.setter
    def maximum_size(self, size: int) -> None:
        self._info.write_text(json.dumps({"version": 1, "maximum-size": size}))

    def new(self, pipeline: str) -> Path:
        """An empty tree."""
        made = self.folder / "tmp" / tempfile.mkdtemp(dir=self.folder / "tmp")
        self._made[pipeline] = made
        tree = made / "data" / "tree"
        tree.mkdir(parents=True)
        return tree

    def tree(self, pipeline: str) -> Path | None:
        made = self._made.get(pipeline) or self.kept().get(pipeline)
        return made / "data" / "tree" if made else None

    def metadata(self, pipeline: str) -> Mapping[str, Any]:
        """What the stages said of a tree, by the type of stage."""
        made = self._made.get(pipeline) or self.kept().get(pipeline)
        path = made / "meta.json" if made else None
        found: Mapping[str, Any] = json.loads(path.read_text()) if path and path.exists() else {}
        return found

    def describe(self, pipeline: str, metadata: Mapping[str, Any]) -> None:
        (self._made[pipeline] / "meta.json").write_text(json.dumps(metadata))

    def kept(self) -> Mapping[str, Path]:
        """Checkpoints of earlier runs and of this one."""
        return {path.name: path for path in (self.folder / "objects").iterdir()}

    def keep(self, pipeline: str) -> None:
        """Store a tree for later runs, if it fits."""
        target = self.folder / "objects" / pipeline
        made = self._made[pipeline]
        size = sum(path.lstat().st_blocks * 512 for path in made.rglob("*"))
        if not target.exists() and (self.maximum_size == UNLIMITED or size <= self.maximum_size):
            copy(made, target)


def copy(source: Path, target: Path) -> None:
    """Copy a tree with owners, times, links and holes."""
    subprocess.run(("cp", "--archive", "--sparse=always", "-T", source, target), check=True)

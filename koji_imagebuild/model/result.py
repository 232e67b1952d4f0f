"""What an arch task answers: the keys Pungi and the hub's import read, and ours beside them."""

from __future__ import annotations

from dataclasses import dataclass

from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.wire import Reader


@dataclass(frozen=True)
class FileSum:
    """One uploaded file: size in bytes, SHA-256 in lower-case hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ArchResult:
    """The result of one arch.

    :param files: plain file names in the task's folder that become archives
    :param logs: plain ``*.log`` names that the hub moves beside a scratch build
    :param sums: sizes and digests of ``files``; a builder with Koji's own plugin sends none
    :param plugin: ``NAME VERSION`` of who built it; None from a builder with Koji's own plugin
    :param steps: what was done, with its duration in seconds
    """

    arch: str
    task_id: int
    nvr: NVR
    files: tuple[str, ...]
    logs: tuple[str, ...]
    rpmlist: tuple[dict[str, object], ...]
    sums: tuple[FileSum, ...] = ()
    plugin: str | None = None
    host: str = ""
    images: int = 0
    steps: tuple[tuple[str, float], ...] = ()

    def to_wire(self) -> dict[str, object]:
        return {
            "arch": self.arch,
            "task_id": self.task_id,
            "name": self.nvr.name,
            "version": self.nvr.version,
            "release": self.nvr.release,
            "files": list(self.files),
            "logs": list(self.logs),
            "rpmlist": list(self.rpmlist),
            "sums": [[s.name, str(s.size), s.sha256] for s in self.sums],
            "plugin": self.plugin,
            "host": self.host,
            "images": self.images,
            "steps": [[step, seconds] for step, seconds in self.steps],
        }

    @classmethod
    def from_wire(cls, value: object, where: str = "result") -> ArchResult:
        reader = Reader(value, where)
        return cls(
            arch=reader.required("arch"),
            task_id=reader.number("task_id") or 0,
            nvr=NVR(*(reader.required(key) for key in ("name", "version", "release"))),
            files=reader.texts("files"),
            logs=reader.texts("logs"),
            rpmlist=tuple(dict(rpm) for _, rpm in reader.items("rpmlist") if isinstance(rpm, dict)),
            sums=tuple(
                FileSum(str(row[0]), int(row[1]), str(row[2]))
                for _, row in reader.items("sums")
                if isinstance(row, list)
            ),
            plugin=reader.text("plugin"),
            host=reader.text("host") or "",
            images=reader.number("images") or 0,
            steps=tuple(
                (str(row[0]), float(row[1]))
                for _, row in reader.items("steps")
                if isinstance(row, list)
            ),
        )

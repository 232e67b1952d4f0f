"""What an arch task answers: the keys Pungi and the hub's import read, and ours beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.wire import Reader, kind_of, sparse

if TYPE_CHECKING:
    from collections.abc import Iterator


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
            "host": self.host,
            "images": self.images,
            "steps": [[step, seconds] for step, seconds in self.steps],
            **sparse(plugin=_plugin_to_wire(self.plugin)),
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
            rpmlist=tuple(_rpm(where, rpm) for where, rpm in reader.items("rpmlist")),
            sums=tuple(
                FileSum(str(name), _size(where, size), str(sha256))
                for where, (name, size, sha256) in _rows(reader, "sums", 3)
            ),
            plugin=_plugin_from_wire(reader),
            host=reader.text("host") or "",
            images=reader.number("images") or 0,
            steps=tuple(
                (str(step), float(seconds)) for _, (step, seconds) in _rows(reader, "steps", 2)
            ),
        )


def _plugin_to_wire(plugin: str | None) -> dict[str, object] | None:
    if plugin is None:
        return None
    name, _, version = plugin.partition(" ")
    return {"name": name, "version": version}


def _plugin_from_wire(reader: Reader) -> str | None:
    if not reader.has("plugin"):
        return None
    plugin = reader.struct("plugin")
    return f"{plugin.required('name')} {plugin.required('version')}"


def _rpm(where: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RequestError(f"{where}: expected a struct, got {kind_of(value)}")
    return dict(value)


def _rows(reader: Reader, key: str, width: int) -> Iterator[tuple[str, list[Any]]]:
    for where, row in reader.items(key):
        if not isinstance(row, list) or len(row) != width:
            raise RequestError(f"{where}: expected a list of {width}")
        yield where, row


def _size(where: str, value: object) -> int:
    """A size in bytes; a string on the wire, because XML-RPC's integers have 32 bits."""
    if not str(value).isdigit():
        raise RequestError(f"{where}: {value!r} is not a size")
    return int(str(value))

"""What osbuild says while it works: nothing, text, or JSON records after RFC 7464."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .build import Built
    from .manifest import Pipeline, Stage
    from .sources import Result

#: Characters of a stage's output that a record holds.
_LONGEST = 31_000


class NullMonitor:
    """Says nothing."""

    def __init__(self, fd: int, total: int) -> None:
        self._fd = fd
        self._total = total

    def log(self, message: str, origin: str | None = None) -> None:
        """Something was written."""

    def begin(self, pipeline: Pipeline) -> None:
        """A pipeline starts."""

    def begin_source(self, kind: str) -> None:
        """A source starts."""

    def finish(self, name: str) -> None:
        """A pipeline or source is done."""

    def stage(self, stage: Stage) -> None:
        """A stage starts."""

    def result(self, built: Built) -> None:
        """A stage is done."""

    def source_result(self, result: Result) -> None:
        """A source is done."""

    def _write(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self._fd, data) :]


class LogMonitor(NullMonitor):
    """Text that people read while it is written."""

    _started = 0.0

    def log(self, message: str, _origin: str | None = None) -> None:
        self._write(message)

    def begin(self, pipeline: Pipeline) -> None:
        self._write(f"Pipeline {pipeline.name}: {pipeline.id}\n")
        self._write(f"Build\n  root: {pipeline.build or '<host>'}\n")
        self._write(f"  runner: {pipeline.runner} ({pipeline.runner})")
        if pipeline.source_epoch is not None:
            when = dt.datetime.fromtimestamp(pipeline.source_epoch)  # noqa: DTZ006
            self._write(f"\n  source-epoch: {when:%c} [{pipeline.source_epoch}]")
        self._write("\n")

    def begin_source(self, kind: str) -> None:
        self._write(f"Pipeline source {kind}: {_digest(kind)}\nBuild\n  root: <host>\n")

    def stage(self, stage: Stage) -> None:
        self._started = time.monotonic()
        options = json.dumps(stage.options, indent=2)
        self._write(f"{stage.kind}: {stage.id} {options}\n")

    def result(self, _built: Built) -> None:
        self._write(f"\n⏱  Duration: {time.monotonic() - self._started:.2f}s\n")


class JSONSeqMonitor(NullMonitor):
    """Records with the context in full once, and its id from then on."""

    def __init__(self, fd: int, total: int) -> None:
        super().__init__(fd, total)
        self._pipeline: dict[str, Any] = {}
        self._stage: dict[str, Any] = {}
        self._options: Any = {}
        self._known: set[str] = set()
        self._done = 0
        self._inner: dict[str, Any] | None = None
        self._started = 0.0

    def log(self, message: str, origin: str | None = None) -> None:
        self._record(message, origin or "org.osbuild")

    def begin(self, pipeline: Pipeline) -> None:
        self._pipeline = {"name": pipeline.name, "id": pipeline.id}
        if pipeline.stages:
            name = f"pipeline: {pipeline.name}"
            self._inner = {"name": name, "total": len(pipeline.stages), "done": 0}
        self._ours(f"Starting pipeline {pipeline.name}")

    def begin_source(self, kind: str) -> None:
        name = f"source {kind}"
        self._pipeline = {"name": name, "id": _digest(kind)}
        self._ours(f"Starting pipeline {name}")

    def finish(self, name: str) -> None:
        self._done += 1
        self._inner = None
        self._ours(f"Finished pipeline {name}")

    def stage(self, stage: Stage) -> None:
        self._stage = {"name": stage.kind, "id": stage.id}
        self._options = stage.options
        self._ours(f"Starting module {stage.kind}")
        self._started = time.monotonic()

    def result(self, built: Built) -> None:
        stage, output = built.stage, built.output
        if self._inner:
            self._inner["done"] += 1
        hidden = len(output) - _LONGEST
        shown = f"[...{hidden} bytes hidden...]\n{output[hidden:]}" if hidden > 0 else output
        found = {"name": stage.kind, "id": stage.id, "success": built.success, "output": shown}
        more = {"duration": time.monotonic() - self._started, "result": found}
        more.update({"options": self._options} if self._options else {})
        self._ours(f"Finished module {stage.kind}", more)

    def source_result(self, result: Result) -> None:
        name = f"source {result.kind}"
        said = "finished successfully" if result.success else "failed"
        items = [
            {
                "success": not each.error,
                "metadata": {"checksum": each.checksum, "cached": each.cached},
                "error": each.error,
            }
            for each in result.items
        ]
        found = {"name": name, "source_type": result.kind, "success": result.success}
        found.update({"output": f"{name} {said}", "results": items})
        self._ours(f"Finished module {name}", {"result": found})

    def cut(self) -> None:
        """End in the middle of a record."""
        self._write('\x1e{"message": "Finished pipel')

    def _ours(self, message: str, more: dict[str, Any] | None = None) -> None:
        self._record(message, "osbuild.monitor", more)

    def _record(self, message: str, origin: str, more: dict[str, Any] | None = None) -> None:
        progress = {"name": "pipelines/sources", "total": self._total, "done": self._done}
        inner = {"progress": dict(self._inner)} if self._inner else {}
        record = {
            **({"message": message} if message else {}),
            **(more or {}),
            "context": self._context(origin),
            "progress": {**progress, **inner},
            "timestamp": time.time(),
        }
        self._write(f"\x1e{json.dumps(record)}\n")

    def _context(self, origin: str) -> dict[str, Any]:
        full = {"origin": origin, "pipeline": {**self._pipeline, "stage": self._stage}}
        digest = _digest(full)
        if digest in self._known:
            return {"id": digest}
        self._known.add(digest)
        return {**full, "id": digest}


def make(name: str, fd: int, total: int) -> NullMonitor:
    """:raises ValueError: for a name that no monitor has"""
    kinds = {kind.__name__: kind for kind in (NullMonitor, LogMonitor, JSONSeqMonitor)}
    if name not in kinds:
        raise ValueError(f"Unknown monitor: {name}")
    return kinds[name](fd, total)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

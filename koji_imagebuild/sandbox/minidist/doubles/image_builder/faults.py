"""Faults on demand: a blueprint asks for one with ``description = "fault: NAME"``.

``fault: NAME SECONDS`` says how long, where a fault takes its time. Names that are not here are
those of osbuild's double; they become a stage of the manifest.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..osbuild.faults import STAGE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

_ASKED = re.compile(r"\bfault: ([a-z-]+)(?: (\d+))?")
_FOREVER = 7 * 24 * 3600
#: Stages with these faults stand at the end of the pipeline that is exported.
_LATE = re.compile(r"export-|monitor-|result-")

_PANIC = """\
panic: runtime error: invalid memory address or nil pointer dereference

goroutine 1 [running]:"""


@dataclass(frozen=True)
class Fault:
    """:param seconds: None where the fault's own default counts"""

    name: str
    seconds: int | None = None


NONE = Fault("")


def asked(description: str) -> Fault:
    """What a blueprint's description asks for."""
    found = _ASKED.search(description)
    return Fault(found[1], int(found[2]) if found[2] else None) if found else NONE


def before_manifest(fault: Fault) -> None:
    """Those that happen while packages are being chosen."""
    if fault.name == "manifest-hangs":
        time.sleep(_FOREVER)
    elif fault.name == "manifest-slow":
        time.sleep(fault.seconds or 10)
    elif fault.name == "manifest-killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault.name == "manifest-crashes":
        print(_PANIC, file=sys.stderr)
        sys.exit(2)


def in_manifest(fault: Fault, manifest: dict[str, Any]) -> None:
    """Change a manifest that is finished."""
    if fault.name in _CHANGES:
        _CHANGES[fault.name](manifest)
    elif fault.name and fault.name not in _OTHERS:
        options: dict[str, Any] = {"fault": fault.name}
        options.update({} if fault.seconds is None else {"seconds": fault.seconds})
        late = bool(_LATE.match(fault.name))
        pipelines = manifest["pipelines"]
        pipeline = pipelines[-1] if late else pipelines[min(1, len(pipelines) - 1)]
        pipeline["stages"].append({"type": STAGE, "options": options})


def text(fault: Fault, document: str) -> str:
    """The manifest as it is written."""
    return document[: len(document) // 2] if fault.name == "manifest-truncated" else document


def _two_leaves(manifest: dict[str, Any]) -> None:
    manifest["pipelines"].append({**manifest["pipelines"][-1], "name": "second"})


def _no_pipelines(manifest: dict[str, Any]) -> None:
    manifest["pipelines"] = []


def _unknown_stage(manifest: dict[str, Any]) -> None:
    manifest["pipelines"][-1]["stages"].append({"type": "org.osbuild.nosuch"})


def _other_version(manifest: dict[str, Any]) -> None:
    manifest["version"] = "3"


def _dead_source(manifest: dict[str, Any]) -> None:
    """The first package's file is not where the manifest says."""
    for source in manifest["sources"].values():
        for item in source["items"].values():
            key = "url" if "url" in item else "path"
            item[key] += ".gone"
            return


def _wrong_source(manifest: dict[str, Any]) -> None:
    """Two packages' files are in each other's place."""
    for source in manifest["sources"].values():
        one, other = list(source["items"])[:2]
        items = source["items"]
        items[one], items[other] = items[other], items[one]
        return


_CHANGES: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "two-leaves": _two_leaves,
    "no-pipelines": _no_pipelines,
    "unknown-stage": _unknown_stage,
    "manifest-version": _other_version,
    "dead-source": _dead_source,
    "wrong-source": _wrong_source,
}
_OTHERS = (
    "manifest-hangs",
    "manifest-slow",
    "manifest-killed",
    "manifest-crashes",
    "manifest-truncated",
    "no-sbom",
)

"""The program: arguments, and what it prints at the end."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import faults, manifest, monitor, schema
from .build import Builder, Outcome
from .stages import KINDS
from .store import UNLIMITED, Store, copy

if TYPE_CHECKING:
    from .manifest import Manifest, Pipeline

VERSION = "191"
_UNITS = {
    "": 1,
    "kB": 10**3,
    "KiB": 2**10,
    "MB": 10**6,
    "MiB": 2**20,
    "GB": 10**9,
    "GiB": 2**30,
    "TB": 10**12,
    "TiB": 2**40,
}


def parse_size(text: str) -> int:
    """Bytes; ``20G`` is not a size.

    :raises ValueError: for what is none
    """
    if text == "unlimited":
        return UNLIMITED
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", text)
    if not found or found[2] not in _UNITS:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def arguments(words: list[str]) -> argparse.Namespace:
    """Long options may be shortened, as far as they stay unique."""
    parser = argparse.ArgumentParser(prog="osbuild", description="Build operating system images")
    add = parser.add_argument
    add("manifest_path", metavar="MANIFEST")
    add("--cache", "--store", metavar="DIRECTORY", type=os.path.abspath, default=".osbuild")
    add("-l", "--libdir", metavar="DIRECTORY", type=os.path.abspath, default="/usr/lib/osbuild")
    add("--cache-max-size", metavar="SIZE", type=parse_size)
    add("--checkpoint", metavar="ID", action="append", default=[])
    add("--export", metavar="ID", action="append", default=[])
    add("--in-vm", metavar="ID", action="append", default=[])
    add("--json", action="store_true")
    add("--output-directory", metavar="DIRECTORY", type=os.path.abspath)
    add("--inspect", action="store_true")
    add("--monitor", metavar="NAME")
    add("--monitor-fd", metavar="FD", type=int, default=sys.stdout.fileno())
    add("--stage-timeout", type=int)
    add("--version", action="version", version=f"%(prog)s {VERSION}")
    add("--break", dest="debug_break", nargs="?", const="*")
    add("--rundir", metavar="DIRECTORY", type=os.path.abspath, default="/run/osbuild")
    add("--quiet", "-q", action="store_true")
    return parser.parse_args(words)


def main() -> int:
    """Run, and return the exit code."""
    args = arguments(sys.argv[1:])
    document = _read(args.manifest_path)
    if str(document.get("version")) not in ("1", "2"):
        print("Unsupported manifest format")
        return 2
    problems = manifest.check(document, {name: kind.options for name, kind in KINDS.items()})
    if problems:
        as_json = args.json or args.inspect
        print(schema.as_json(problems) if as_json else schema.as_text(problems, args.manifest_path))
        return 2
    loaded = manifest.load(document)
    if refusal := _refusal(args, loaded):
        print(refusal)
        return 1
    if args.inspect:
        print(json.dumps(_inspected(document, loaded)))
        return 0
    try:
        return _build(args, loaded)
    except KeyboardInterrupt:
        print("\nAborted")
        return 130


def _read(path: str) -> Any:
    return json.load(sys.stdin) if path == "-" else json.loads(Path(path).read_text())


def _refusal(args: argparse.Namespace, loaded: Manifest) -> str:
    """What is asked for and cannot be done; empty when everything can."""
    unknown = [name for name in args.export if not loaded.find(name)]
    if unknown:
        known = [pipeline.name for pipeline in loaded.pipelines]
        lines = [f"Export {name} not found in {known}" for name in unknown]
        return "\n".join([*lines, "Failed"])
    if args.checkpoint and not _marked(args, loaded):
        return "No checkpoints matched provided patterns!\nFailed"
    if args.export and not args.inspect and not args.output_directory:
        return "Need --output-directory for --export"
    return ""


def _marked(args: argparse.Namespace, loaded: Manifest) -> list[Pipeline]:
    return [
        pipeline
        for pipeline in loaded.pipelines
        for pattern in args.checkpoint
        if fnmatch.fnmatch(pipeline.name, pattern) or fnmatch.fnmatch(pipeline.id, pattern)
    ]


def _inspected(document: Any, loaded: Manifest) -> Any:
    """The manifest with ids; it loses what the real one loses, so it is nothing to build from."""
    for given, pipeline in zip(document.get("pipelines", ()), loaded.pipelines):
        given.pop("source-epoch", None)
        for each, stage in zip(given.get("stages", ()), pipeline.stages):
            each["id"] = stage.id
    for source in document.get("sources", {}).values():
        source.pop("options", None)
    return document


def _build(args: argparse.Namespace, loaded: Manifest) -> int:
    store = Store(Path(args.cache))
    with store.locked():
        if args.cache_max_size is not None:
            store.maximum_size = args.cache_max_size
        marked = _marked(args, loaded)
        order = loaded.order(args.export, store.kept())
        name = args.monitor or ("NullMonitor" if args.json or args.quiet else "LogMonitor")
        shown = monitor.make(name, args.monitor_fd, len(loaded.sources) + len(order))
        shown.log(f"starting {args.manifest_path}", "osbuild.main_cli")
        checkpoints = {pipeline.id for pipeline in marked}
        builder = Builder(loaded, store, shown, Path(args.rundir), args.stage_timeout, checkpoints)
        outcome = builder.build(order)
        how = "finished successfully" if outcome.success else "failed"
        shown.log(f"manifest {args.manifest_path} {how}\n", "osbuild.main_cli")
        if faults.MONITOR_CUT in outcome.later and isinstance(shown, monitor.JSONSeqMonitor):
            shown.cut()
        if outcome.success and faults.EXPORT_MISSING not in outcome.later:
            _export(args, loaded, store)
        if args.json:
            text = json.dumps(_result(loaded, outcome, store))
            print(text[: len(text) // 2] if faults.RESULT_CUT in outcome.later else text)
        elif not args.quiet:
            print(_summary(loaded, marked, store) if outcome.success else "Failed")
    return 0 if outcome.success else 1


def _export(args: argparse.Namespace, loaded: Manifest, store: Store) -> None:
    for name in args.export:
        pipeline = loaded.find(name)
        tree = store.tree(pipeline.id) if pipeline else None
        if tree is None:
            raise RuntimeError(f"no tree of {name}")
        target = Path(args.output_directory) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(tree, target)


def _summary(loaded: Manifest, marked: list[Pipeline], store: Store) -> str:
    lines = ["", "Pipelines"]
    lines += [f"  {each.name + ':': <10}\t{each.id}" for each in loaded.pipelines]
    lines += ["", "Checkpoints"]
    kept = store.kept()
    lines += [f"  {each.id}: {'cached' if each.id in kept else 'not cached'}" for each in marked]
    return "\n".join(lines)


def _result(loaded: Manifest, outcome: Outcome, store: Store) -> dict[str, Any]:
    """The result document of ``--json``."""
    fetched: dict[str, Any] = {"success": not outcome.failed_source}
    fetched.update({each.kind: [item.as_dict() for item in each.items] for each in outcome.fetched})
    log = {
        name: [
            {
                "id": each.stage.id,
                "type": each.stage.kind,
                "output": each.output,
                **({} if each.success else {"success": False}),
            }
            for each in built
        ]
        for name, built in outcome.log.items()
    }
    if outcome.success:
        said = {each.name: store.metadata(each.id) for each in loaded.pipelines}
        found = {name: each for name, each in said.items() if each}
        return {
            "type": "result",
            "success": True,
            "metadata": found,
            "sources": fetched,
            "log": log,
        }
    return {**_error(outcome), "sources": fetched, "log": log}


def _error(outcome: Outcome) -> dict[str, Any]:
    details: dict[str, Any]
    if source := outcome.failed_source:
        kind = "source"
        details = {"type": source.kind, "output": source.error}
    elif built := outcome.failed_stage:
        kind = "stage"
        details = {"id": built.stage.id, "type": built.stage.kind, "output": built.output}
        details["error"] = None
    error = {"type": f"org.osbuild.error.{kind}", "details": {kind: details}}
    return {"type": "error", "success": False, "error": error}

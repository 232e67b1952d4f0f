"""A manifest as it is loaded: pipelines with osbuild's own ids, and sources."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import schema
from .schema import Problem, closed, strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ANYTHING = {"type": "object"}
_NAMED = {"type": "object", "additionalProperties": {"type": "object", "required": ["type"]}}
_STAGE = closed(
    {
        "type": {"type": "string"},
        "options": _ANYTHING,
        "devices": _NAMED,
        "inputs": {
            "type": "object",
            "additionalProperties": closed(
                {
                    "type": {"type": "string"},
                    "origin": {"enum": ["org.osbuild.source", "org.osbuild.pipeline"]},
                    "references": {},
                    "options": _ANYTHING,
                },
                *("type", "origin", "references"),
            ),
        },
        "mounts": {"type": "array", "items": {"type": "object", "required": ["name", "type"]}},
    },
    "type",
)
_PIPELINE = closed(
    {
        "name": {},
        "build": {"type": "string"},
        "runner": {"type": "string"},
        "source-epoch": {"type": "integer"},
        "stages": {"type": "array", "items": _STAGE},
    }
)
_MANIFEST = closed(
    {
        "version": {"enum": ["2"]},
        "pipelines": {"type": "array", "items": _PIPELINE},
        "sources": {
            "type": "object",
            "additionalProperties": closed({"items": {}, "options": _ANYTHING}, "items"),
        },
        "metadata": closed(
            {
                "exports": {"type": "array", "items": strings("name")},
                "generators": {
                    "type": "array",
                    "items": strings("name", optional=("version",)),
                },
            }
        ),
    },
    "version",
)
#: The distributions that osbuild has a runner for; minidist's is the double's own.
_RUNNERS = re.compile(
    r"org\.osbuild\.(almalinux|arch|centos|debian|eln|fedora|linux|minidist|ol|rhel|rocky|ubuntu)"
)


@dataclass(frozen=True)
class Input:
    """What a stage is given.

    :param refs: checksums of sources, or ids of pipelines; with the options of each
    """

    kind: str
    origin: str
    refs: Mapping[str, Mapping[str, Any]]
    options: Mapping[str, Any]

    @property
    def id(self) -> str:
        return _digest(self.kind, self.origin, self.refs, self.options)


@dataclass(frozen=True)
class Stage:
    """One step of a pipeline. Devices and mounts stay as the manifest has them."""

    kind: str
    id: str
    options: Mapping[str, Any]
    inputs: Mapping[str, Input]
    devices: Mapping[str, Mapping[str, Any]]
    mounts: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Pipeline:
    """Stages that make one tree. :param build: id of the pipeline whose tree they run in"""

    name: str
    build: str | None
    runner: str
    source_epoch: int | None
    stages: tuple[Stage, ...]

    @property
    def id(self) -> str:
        """That of its last stage."""
        return self.stages[-1].id if self.stages else ""

    def needs(self) -> Iterator[str]:
        """Ids of the pipelines that have to be built first, the build root in front."""
        if self.build:
            yield self.build
        for stage in self.stages:
            for each in stage.inputs.values():
                if each.origin == "org.osbuild.pipeline":
                    yield from each.refs


@dataclass(frozen=True)
class Manifest:
    """:param sources: items and options, by the type of source"""

    pipelines: tuple[Pipeline, ...]
    sources: Mapping[str, Mapping[str, Any]]

    def find(self, name_or_id: str) -> Pipeline | None:
        return next((p for p in self.pipelines if name_or_id in (p.name, p.id)), None)

    def order(self, wanted: list[str], stored: Mapping[str, object]) -> list[Pipeline]:
        """What has to be built for these pipelines, in that order."""
        order: dict[str, Pipeline] = {}

        def visit(name: str) -> None:
            pipeline = self.find(name)
            if pipeline is None or pipeline.id in order or pipeline.id in stored:
                return
            for each in pipeline.needs():
                visit(each)
            order[pipeline.id] = pipeline

        for each in wanted:
            visit(each)
        return list(order.values())


def check(document: Any, stages: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a document. :param stages: schema of the options, by type of stage"""
    found = list(schema.problems(document, _MANIFEST))
    if found:
        return found
    for index, pipeline in enumerate(document.get("pipelines", [])):
        for number, stage in enumerate(pipeline.get("stages", [])):
            path = ("pipelines", index, "stages", number)
            if stage["type"] not in stages:
                message = f"could not find schema information for {stage['type']!r}"
                found.append(Problem(message, path))
                continue
            options = stage.get("options", {})
            found += schema.problems(options, stages[stage["type"]], (*path, "options"))
    return found


def load(document: Any) -> Manifest:
    """Make values of a document that was found valid.

    :raises ValueError: when it refers to what it does not have
    """
    sources = document.get("sources", {})
    known = {item for source in sources.values() for item in source["items"]}
    pipelines: dict[str, Pipeline] = {}
    for each in document.get("pipelines", []):
        pipelines[each["name"]] = _pipeline(each, pipelines, known)
    return Manifest(tuple(pipelines.values()), sources)


def _pipeline(document: Any, earlier: Mapping[str, Pipeline], known: set[str]) -> Pipeline:
    runner = document.get("runner", "org.osbuild.linux")
    if not _RUNNERS.match(runner):
        raise ValueError(f"No suitable runner for {runner}")
    build = document.get("build")
    if build and build.startswith("name:"):
        build = _resolve(build, earlier)
    epoch = document.get("source-epoch")
    stages: list[Stage] = []
    for each in document.get("stages", []):
        inputs = {
            name: _input(given, earlier, known) for name, given in each.get("inputs", {}).items()
        }
        options = each.get("options", {})
        parts = [each["type"], build, stages[-1].id if stages else None, options]
        parts += [epoch] if epoch is not None else []
        parts += [{name: given.id for name, given in inputs.items()}] if inputs else []
        parts += [[_mount(given) for given in each["mounts"]]] if each.get("mounts") else []
        devices, mounts = each.get("devices", {}), tuple(each.get("mounts", ()))
        stages.append(Stage(each["type"], _digest(*parts), options, inputs, devices, mounts))
    return Pipeline(document["name"], build, runner, epoch, tuple(stages))


def _input(document: Any, earlier: Mapping[str, Pipeline], known: set[str]) -> Input:
    given = document["references"]
    if isinstance(given, list):
        pairs = (
            (each, {}) if isinstance(each, str) else (each["id"], each.get("options", {}))
            for each in given
        )
        given = dict(pairs)
    if document["origin"] == "org.osbuild.pipeline":
        given = {_resolve(name, earlier): options for name, options in given.items()}
    elif unknown := set(given) - known:
        raise ValueError(f"Unknown source reference(s) {unknown}")
    return Input(document["type"], document["origin"], given, document.get("options", {}))


def _mount(document: Any) -> str:
    return _digest(document["type"], document.get("target"), document.get("options", {}))


def _resolve(name: str, pipelines: Mapping[str, Pipeline]) -> str:
    found = pipelines.get(name[len("name:") :])
    if found is None:
        raise ValueError(f"Unknown pipeline reference: {name}")
    return found.id


def _digest(*parts: Any) -> str:
    """Osbuild's way of making an id; neither source URLs nor versions are part of one."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(json.dumps(part, sort_keys=True).encode())
    return digest.hexdigest()

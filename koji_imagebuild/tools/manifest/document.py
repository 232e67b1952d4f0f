"""osbuild's manifests, version 2 (schemas/osbuild2.json): what has to be known before one is built.

osbuild itself checks the stages; here is what Koji asks: what comes out, and of which packages.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.manifest import sources
from koji_imagebuild.tools.manifest.struct import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.tools.manifest.sources import Source

#: In bytes; those of large installers have 5 MiB.
LARGEST: Final = 64 << 20
#: What a stage refers to another pipeline by.
_NAMED: Final = "name:"
_LOOP: Final = "org.osbuild.loopback"
# org.osbuild.fedora43, org.osbuild.rhel92, org.osbuild.almalinux_kitten10
_RUNNER = re.compile(r"org\.osbuild\.([a-z_-]+?)[0-9.]*\Z")


@dataclass(frozen=True)
class Pipeline:
    """One tree.

    :param build: the pipeline whose tree its stages run in; None is the build root
    :param inputs: pipelines whose trees its stages take
    :param runner: what it is for osbuild, such as ``org.osbuild.fedora43``; empty when not said
    :param file: what its last stage calls the file it makes; empty when it does not say
    :param loop_devices: whether a stage needs one
    """

    name: str
    build: str | None
    inputs: frozenset[str]
    runner: str
    file: str
    loop_devices: bool


@dataclass(frozen=True)
class Manifest:
    """What a manifest describes.

    :param sources: every file that is downloaded for it
    :param withheld: checksums of the files that were taken out of it
    """

    pipelines: tuple[Pipeline, ...]
    sources: tuple[Source, ...]
    withheld: frozenset[str] = frozenset()

    @property
    def sinks(self) -> tuple[str, ...]:
        """Pipelines that no other refers to. A manifest does not say which one is the image, but
        image-builder's have one only.
        """
        used = {name for one in self.pipelines for name in (one.build, *one.inputs)}
        return tuple(one.name for one in self.pipelines if one.name not in used)

    def export(self, asked: str | None) -> str:
        """The pipeline to export: the one asked for, or the only one there can be.

        :raises DescriptionError: naming those there are
        """
        if asked is None:
            if len(self.sinks) == 1:
                return self.sinks[0]
            many = ", ".join(self.sinks) or "none that no other pipeline uses"
            raise DescriptionError(
                f"The manifest does not say what to export; it has {many}", repair="Give --export"
            )
        names = [pipeline.name for pipeline in self.pipelines]
        if asked not in names:
            raise DescriptionError(f"The manifest has no {asked!r} to export: {', '.join(names)}")
        return asked

    def pipeline(self, name: str) -> Pipeline:
        return next(one for one in self.pipelines if one.name == name)

    def behind(self, export: str) -> tuple[Pipeline, ...]:
        """All that is built for an export, in the manifest's order."""
        wanted: set[str] = set()
        rest = [export]
        while rest:
            name = rest.pop()
            if name not in wanted:
                wanted.add(name)
                one = self.pipeline(name)
                rest += [*one.inputs, *([one.build] if one.build else [])]
        return tuple(one for one in self.pipelines if one.name in wanted)

    def payload(self, export: str) -> tuple[Pipeline, ...]:
        """Pipelines whose packages are in the image, not only in what builds it."""
        behind = self.behind(export)
        builds = {one.build for one in behind}
        return tuple(one for one in behind if one.name not in builds)

    def distribution(self, export: str) -> str:
        """``ID`` of os-release, as the runners have it; empty when they do not say."""
        found = (_RUNNER.match(one.runner) for one in self.behind(export))
        return next((match.group(1) for match in found if match), "")


def read(content: bytes, label: str) -> Manifest:
    """Read a manifest.

    :param label: what it is called in messages, such as its file's name
    :raises DescriptionError: for what is no manifest of version 2
    """
    if len(content) > LARGEST:
        raise DescriptionError(f"{label} is no manifest: it has more than {LARGEST >> 20} MiB")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise DescriptionError(f"{label} is not JSON: {problem}"[:300]) from None
    top = Struct(value, label)
    version = top.text("version")
    if version != "2":
        raise DescriptionError(
            f"{label} is a manifest of version {version or 'nothing'}; only version 2 can be built"
        )
    pipelines = tuple(_pipeline(one) for one in top.structs("pipelines"))
    if not pipelines:
        raise DescriptionError(f"{label} has no pipelines")
    _check_names(pipelines, label)
    given = top.struct("sources")
    return Manifest(pipelines, tuple(sources.read(given)), sources.withheld(given))


def _check_names(pipelines: tuple[Pipeline, ...], label: str) -> None:
    """Pipelines refer to those before them only (osbuild/formats/v2.py, load_pipeline)."""
    seen: set[str] = set()
    for one in pipelines:
        missing = sorted({name for name in (one.build, *one.inputs) if name} - seen)
        if missing:
            raise DescriptionError(
                f"{label}: pipeline {one.name} refers to {missing[0]}, which is not before it"
            )
        if one.name in seen:
            raise DescriptionError(f"{label} has two pipelines called {one.name}")
        seen.add(one.name)


def _pipeline(one: Struct) -> Pipeline:
    stages = tuple(one.structs("stages"))
    options = stages[-1].struct("options") if stages else Struct({}, one.where)
    build = one.text("build")
    if build and not build.startswith(_NAMED):
        raise DescriptionError(f"{one.where}.build: {build!r} is not name:PIPELINE")
    return Pipeline(
        name=one.name("name"),
        build=build.removeprefix(_NAMED) or None,
        inputs=frozenset(name for stage in stages for name in _references(stage.value("inputs"))),
        runner=one.text("runner"),
        file=options.text("filename") if options.is_text("filename") else "",
        loop_devices=any(
            device.text("type") == _LOOP
            for stage in stages
            for device in stage.struct("devices").members()
        ),
    )


def _references(value: Any) -> Iterator[str]:
    """Names of pipelines anywhere in a stage's inputs: as text, in a list, as keys."""
    if isinstance(value, str):
        if value.startswith(_NAMED):
            yield value.removeprefix(_NAMED)
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _references(key)
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)

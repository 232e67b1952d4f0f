"""``koji image-build-local manifest``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.cli.errors import ArgumentsError
from koji_imagebuild.cli.options import BUILD, TASK, Group, Kind, Option
from koji_imagebuild.cli.tool_command import Positional, Source, ToolCommand
from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools.manifest import document, withheld
from koji_imagebuild.tools.manifest.asked import UPLOADED
from koji_imagebuild.tools.manifest.progress import step

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPORT: Final = Option(
    ("--export",),
    "export",
    "the pipeline that is the image; default: the only one that no other uses",
    Kind.ONE,
    "NAME",
    sent=False,
)
_REGISTRATIONS: Final = Option(
    ("--registrations",),
    "registrations",
    "put back what was taken out of a manifest that was kept: builders keep it under NAME",
    Kind.ONE,
    "NAME",
)
# The manifest's name of the build comes from an argument.
_BUILD: Final = replace(
    BUILD, options=tuple(option for option in BUILD.options if option.key != "name")
)

_EXAMPLES: Final = """\
examples:
  what 'image-builder manifest' wrote, as a scratch build:
    image-builder manifest --use-librepo=false minimal-raw-xz >minimal.json
    koji image-build-local manifest --scratch --arch x86_64 f44-image \\
        Fedora-Minimal 44 minimal.json

A manifest is for one arch. It names each package by its digest: those that
Koji has come from there, the others from the addresses in the manifest. It is
kept with the build. The exit status is 0 when the task succeeded, 1 when it
failed or was refused, 2 for wrong arguments, 130 after Ctrl-C: the task goes
on then.
"""


def _source(words: Mapping[str, Any], values: Mapping[str, Any]) -> Source:
    place, export = Path(words["MANIFEST"]).expanduser(), values.get("export")
    if not place.is_file():
        raise ArgumentsError(f"{place} is not a file")
    with place.open("rb") as stream:
        content = stream.read(document.LARGEST + 1)
    try:
        found = document.read(content, place.name)
        found.export(export)
        withheld.check(found, place.name, values.get("registrations", ""))
    except DescriptionError as problem:
        raise ArgumentsError(problem.what, repair=problem.repair) from None
    wire = {"name": words["NAME"], "version": words["VERSION"], **sparse(export=export)}
    return Source(wire, file=place, upload_as=UPLOADED)


MANIFEST: Final = ToolCommand(
    name="manifest",
    summary="build what an osbuild manifest describes",
    description="Build an operating-system image from an osbuild manifest on Koji's own builders.",
    usage="koji image-build-local manifest [options] TARGET NAME VERSION MANIFEST",
    examples=_EXAMPLES,
    positionals=(
        Positional(
            "TARGET", "target", "the build target: where osbuild comes from, where it is tagged"
        ),
        Positional("NAME", "source.name", "name of the build, such as Fedora-Minimal"),
        Positional("VERSION", "source.version", "version of the build"),
        Positional(
            "MANIFEST", "source.upload", "a file on this machine: an osbuild manifest of version 2"
        ),
    ),
    groups=(Group("what osbuild is told", (_EXPORT, _REGISTRATIONS)), _BUILD, TASK),
    source=_source,
    step=step,
)

"""osbuild in the build root: its files, its argument lists, its names."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.tools import contained
from koji_imagebuild.tools.base import Command, Download, Needs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.document import Manifest

SUFFIX: Final = ".osbuild-manifest.json"
_SCRIPTS: Final = ("run.sh", "narrate.py")
_FOLDER: Final = "osbuild"
_LOG: Final = 30


@dataclass(frozen=True)
class Run:
    """One image.

    :param manifest: the file, in the build root
    :param document: what it says
    :param export: name of the pipeline that is the image
    :param stem: what names of its files begin with
    :param image_type: image-builder's word for it, or the export's name
    """

    manifest: PurePosixPath
    document: Manifest
    export: str
    stem: str
    image_type: str

    def folder(self, work: PurePosixPath) -> PurePosixPath:
        """Where it is made.

        :param work: the job's folder in the build root
        """
        return work / _FOLDER / self.stem


def stem(nvr: NVR, arch: str, image_type: str, *, several: bool) -> str:
    """What names of an image's files begin with.

    :param several: whether the job makes more than one image
    """
    return f"{nvr}.{image_type}.{arch}" if several else f"{nvr}.{arch}"


def store(work: PurePosixPath) -> PurePosixPath:
    """Where osbuild keeps its sources; one for all images of a job."""
    return work / _FOLDER / "store"


def files(work: PurePosixPath) -> PurePosixPath:
    """Where in there files lie, called by their checksums.

    osbuild does not check them again (sources/org.osbuild.curl): whoever lays them out has to.
    """
    return store(work) / "sources/org.osbuild.files"


def lay_out(layout: Layout) -> None:
    """Put what :func:`commands` calls into the job's folder."""
    folder = layout.on_builder(layout.work / _FOLDER)
    folder.mkdir()
    for script in _SCRIPTS:
        content = resources.files("koji_imagebuild.tools.manifest").joinpath(script).read_bytes()
        (folder / script).write_bytes(content)


def commands(runs: Sequence[Run], work: PurePosixPath) -> tuple[Command, ...]:
    """One call of osbuild an image. Pure.

    :param work: the job's folder in the build root
    """
    return tuple(_command(run, number, work) for number, run in enumerate(runs))


def _command(run: Run, number: int, work: PurePosixPath) -> Command:
    argv = (
        *contained.argv(work),
        "/bin/sh",
        str(work / _FOLDER / "run.sh"),
        str(run.folder(work)),
        str(store(work)),
        str(run.manifest),
        run.export,
    )
    log = f"{_LOG + number}-osbuild-{run.image_type}.log"
    return Command(step=f"build {run.image_type}", argv=argv, log=log)


def needs(runs: Sequence[Run]) -> Needs:
    return Needs(
        loop_devices=any(
            one.loop_devices for run in runs for one in run.document.behind(run.export)
        ),
        bubblewrap=True,
    )


def downloads(runs: Sequence[Run], work: PurePosixPath) -> tuple[Download, ...]:
    """Every file osbuild looks for in its store before it downloads it."""
    found = {source.checksum: source for run in runs for source in run.document.sources}
    return tuple(
        Download(source.url, source.sha256, files(work) / source.checksum)
        for source in found.values()
        if source.sha256
    )


def records(runs: Sequence[Run], layout: Layout) -> tuple[Output, ...]:
    """Every manifest, to be kept before osbuild starts: a failed build is made again from it."""
    return tuple(
        Output(layout.on_builder(run.manifest), f"{run.stem}{SUFFIX}", Kind.SIDECAR, run.image_type)
        for run in runs
    )

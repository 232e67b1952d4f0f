"""What osbuild made: one file an image, and the RPMs in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError, OutputRefused
from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.tools import rpm_list
from koji_imagebuild.tools.base import Collected
from koji_imagebuild.tools.manifest import result
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from koji_imagebuild.model.rpms import Rpm
    from koji_imagebuild.tools.layout import Layout
    from koji_imagebuild.tools.manifest.run import Run


def collect(layout: Layout, runs: Sequence[Run]) -> Collected:
    """Every image, and what is installed in them, not only in what builds them.

    :raises OutputRefused: for an image that osbuild says nothing about, or made no file of
    """
    tree = Tree(layout.root, "the build root")
    outputs: list[Output] = []
    rpms: set[Rpm] = set()
    try:
        for run in runs:
            outputs.append(_image(tree, run, layout.work))
            rpms |= _rpms(tree, run, layout.work)
    except DescriptionError as problem:
        raise OutputRefused(problem.what) from None
    return Collected(
        tuple(outputs),
        tuple(sorted(rpms, key=lambda rpm: (rpm.nvra, rpm.sigmd5))),
        runs[0].document.distribution(runs[0].export),
    )


def _image(tree: Tree, run: Run, work: PurePosixPath) -> Output:
    """The only file of the export; its suffix is all behind the first dot."""
    where = _inside(run.folder(work) / "out" / run.export)
    try:
        folder = tree.path(where)
        found = sorted(folder.iterdir())
    except (DescriptionError, NotADirectoryError):
        raise OutputRefused(f"osbuild ended well, but it exported no {run.export}") from None
    if len(found) != 1:
        names = ", ".join(path.name for path in found[:10]) or "nothing"
        raise OutputRefused(f"The export {run.export} is to be one file, but it has {names}")
    (path,) = found
    if path.is_symlink() or not path.is_file():
        raise OutputRefused(f"{path.name} in the export {run.export} is not a regular file")
    suffix = path.name[path.name.find(".") :] if "." in path.name.lstrip(".") else ""
    return Output(path, f"{run.stem}{suffix}", Kind.IMAGE, run.image_type)


def _rpms(tree: Tree, run: Run, work: PurePosixPath) -> set[Rpm]:
    folder = run.folder(work)
    said = tree.read(_inside(folder / "result.json"), result.LARGEST).decode(errors="replace")
    by_pipeline = result.packages(said, run.stem)
    payload = run.document.payload(run.export)
    listed = tree.read(_inside(folder / "rpms.tsv"), rpm_list.LARGEST).decode(errors="replace")
    files = {(rpm.nvra, rpm.sigmd5): rpm for rpm in rpm_list.parse(listed)}
    return completed((rpm for one in payload for rpm in by_pipeline.get(one.name, ())), files)


def completed(rpms: Iterable[Rpm], files: Mapping[tuple[str, str], Rpm]) -> set[Rpm]:
    """Installed packages with what only their files tell: size, build time, licence."""
    return {
        replace(rpm, size=file.size, buildtime=file.buildtime, license=file.license)
        if (file := files.get((rpm.nvra, rpm.sigmd5)))
        else rpm
        for rpm in rpms
    }


def _inside(path: PurePosixPath) -> str:
    return str(path.relative_to("/"))

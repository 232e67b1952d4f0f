"""How a build on this machine ended, for people and for programs. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.cli.watch import words
from koji_imagebuild.pipeline.journal import duration

if TYPE_CHECKING:
    from koji_imagebuild.here.build import Built


def lines(built: Built, width: int | None) -> tuple[str, ...]:
    """The last lines.

    :param width: of a terminal, in columns; digests are cut there
    """
    result = built.result
    took = duration(sum(seconds for _, seconds in result.steps))
    images = words.images(result)
    widest = max(len(image.name) for image in images)
    files = (
        f"  {image.name:<{widest}}  {words.size(image.size):>8}  sha256:{image.sha256}"
        for image in images
    )
    compared = (f"  {built.comparison.text()}",) if built.comparison else ()
    return (
        f"Built {result.nvr} in {took}",
        *(words.cut(line, width) for line in files),
        *compared,
        f"  SBOM, description, logs and image-build.json beside them: {built.folder}/",
    )


def document(arch: str, state: str, built: Built | None, error: str) -> dict[str, object]:
    """The object of ``--json``: that of a task, without one, and the folder.

    :param state: as Koji calls a task's
    """
    files: list[dict[str, object]] = []
    compared: dict[str, object] = {}
    if built is not None:
        if built.comparison is not None:
            compared = {"compared": built.comparison.document()}
        sums = built.result.sums
        files = [{"name": s.name, "size": s.size, "sha256": s.sha256} for s in sums]
    return {
        "task": None,
        "state": state,
        "build": None,
        "error": error or None,
        "output": None if built is None else str(Path(built.folder).absolute()),
        "arches": {arch: {"task": None, "state": state, "files": files, "error": error or None}},
        **compared,
    }

"""What image-builder reads and writes in the build root."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.tools import side_loaded
from koji_imagebuild.tools.image_builder.arguments import Files
from koji_imagebuild.tools.manifest import run
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from koji_imagebuild.tools.image_builder.asked import ImageBuilderSource
    from koji_imagebuild.tools.layout import Layout

#: ``--preview`` came with 49; osbuild 190 is what that one needs (image-builder.spec).
OLDEST: Final = (49, 190)
_VERSIONS = re.compile(r'"version":"v?(\d*)[^"]*".*"osbuild":"(?:osbuild)?(\d*)[^"]*"')


def check_version(printed: str) -> None:
    """Refuse what was never seen to work.

    :param printed: image-builder's versions as JSON, in one line
    :raises PreflightError: naming both versions
    """
    found = _VERSIONS.search(printed)
    versions = found.groups() if found else ("", "")
    if any(int(have or 0) < need for have, need in zip(versions, OLDEST)):
        tool, osbuild = (have or "(no version)" for have in versions)
        raise PreflightError(
            f"The build root has image-builder {tool} with osbuild {osbuild};"
            f" {OLDEST[0]} and {OLDEST[1]} are the oldest that are supported",
            repair="Put newer ones into the build tag",
        )


def files(source: ImageBuilderSource, layout: Layout, checkout: Path) -> Files:
    """Where everything lies.

    :param checkout: with the definitions, as the builder sees it
    :raises DescriptionError: when the definitions are not there
    """
    definitions = None
    if source.definitions.text:
        found = Tree(checkout, "the checkout").path(source.definitions_path)
        definitions = layout.inside(found)
    mirror = _in_store(layout)
    return Files(
        layout.work / "image-builder",
        source.blueprint is not None,
        definitions,
        mirror if layout.on_builder(mirror).is_dir() else None,
    )


def take_commit(layout: Layout) -> None:
    """Put the commit that the builder fetched, if any, where osbuild looks before it downloads."""
    run.lay_out(layout)
    fetched = layout.on_builder(side_loaded.repository(layout.work))
    if fetched.is_dir():
        target = layout.on_builder(_in_store(layout))
        target.parent.mkdir(parents=True)
        fetched.rename(target)


def _in_store(layout: Layout) -> PurePosixPath:
    """sources/org.osbuild.ostree of osbuild 191."""
    return run.store(layout.work) / "sources/org.osbuild.ostree/repo"


def lay_out(source: ImageBuilderSource, layout: Layout, there: Files) -> None:
    """Write what image-builder is given into a folder of the job's."""
    # For a moment there is a manifest with all that was asked for in it.
    layout.on_builder(there.work).mkdir(0o700)
    package = resources.files("koji_imagebuild.tools.image_builder")
    for script in (there.script, there.mirrored):
        content = package.joinpath(script.name).read_bytes()
        layout.on_builder(script).write_bytes(content)
    if source.blueprint is not None:
        layout.on_builder(there.blueprint).write_text(source.blueprint.text)

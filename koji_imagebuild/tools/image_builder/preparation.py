"""What image-builder reads and writes in the build root."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import PreflightError
from koji_imagebuild.tools.image_builder.arguments import Files
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.base import Layout
    from koji_imagebuild.tools.image_builder.asked import ImageBuilderSource

#: ``--preview`` came with 49; osbuild 190 is what that one needs (image-builder.spec).
OLDEST: Final = (49, 190)
_VERSIONS = re.compile(r'"version":"v?(\d+)[^"]*".*"osbuild":"(?:osbuild)?(\d+)[^"]*"')
_CHOSEN = re.compile(r'No distro name specified, selecting "([^"]+)" based on host')
_MAX_MESSAGES: Final = 1 << 20


def check_version(printed: str) -> None:
    """Refuse what was never seen to work.

    :param printed: image-builder's versions as JSON, in one line
    :raises PreflightError: naming both versions
    """
    found = _VERSIONS.search(printed)
    versions = tuple(map(int, found.groups())) if found else (0, 0)
    if any(have < need for have, need in zip(versions, OLDEST)):
        raise PreflightError(
            f"The build root has image-builder {versions[0]} with osbuild {versions[1]};"
            f" {OLDEST[0]} and {OLDEST[1]} are the oldest that are supported",
            repair="Put newer ones into the build tag",
        )


def lay_out(source: ImageBuilderSource, layout: Layout, checkout: Path) -> Files:
    """Write what image-builder is given into a folder of the job's.

    :param checkout: with the definitions, as the builder sees it
    """
    work = layout.work / "image-builder"
    folder = layout.on_builder(work)
    folder.mkdir(parents=True)
    script = folder / "manifest.sh"
    package = resources.files("koji_imagebuild.tools.image_builder")
    script.write_bytes(package.joinpath("manifest.sh").read_bytes())
    blueprint = definitions = None
    if source.blueprint is not None:
        blueprint = work / "blueprint.json"
        layout.on_builder(blueprint).write_text(source.blueprint.text)
    if source.definitions.text:
        found = Tree(checkout, "the checkout").path(source.definitions_path)
        definitions = layout.inside(found)
    return Files(work / script.name, work, blueprint, definitions)


def chosen_distro(tree: Tree, messages: str) -> str:
    """The distribution that image-builder chose for the build root's own.

    :param messages: what it printed, relative to the tree
    """
    found = _CHOSEN.search(tree.read(messages, _MAX_MESSAGES).decode(errors="replace"))
    return found.group(1) if found else ""

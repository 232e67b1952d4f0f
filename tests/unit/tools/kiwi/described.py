"""Small descriptions for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.tools.kiwi import includes
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.tools.kiwi.includes import Flat

PLAIN = '<preferences><version>1.0</version><type image="tbz"/></preferences>'


def image(inside: str = PLAIN, attributes: str = 'schemaversion="8.4" name="small"') -> str:
    return f"<image {attributes}>\n{inside}\n</image>\n"


def write(folder: Path, **files: str) -> Tree:
    """Files by name, ``__`` for a slash and ``_`` for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(folder, "the checkout")


def flat(folder: Path, inside: str = PLAIN, **files: str) -> Flat:
    return includes.flatten(write(folder, a_kiwi=image(inside), **files), "a.kiwi")

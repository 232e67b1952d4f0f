"""Where plugins and descriptions lie: in the checkout, else below the Python installation."""

from __future__ import annotations

import sys
from pathlib import Path

import koji_imagebuild


def plugin_folder(name: str) -> Path:
    """Find ``hub_plugin``, ``builder_plugin`` or ``cli_plugin``.

    :raises FileNotFoundError: when the project is neither a checkout nor installed
    """
    return _folder(name)


def descriptions() -> Path:
    """Find ``kiwi-descriptions``.

    :raises FileNotFoundError: when the project is neither a checkout nor installed
    """
    return _folder("kiwi-descriptions")


def _folder(name: str) -> Path:
    checkout = Path(koji_imagebuild.__file__).resolve().parents[1] / name
    installed = Path(sys.prefix) / "share" / "koji-imagebuild" / name
    for folder in (checkout, installed):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no {name}: neither {checkout} nor {installed} is there")

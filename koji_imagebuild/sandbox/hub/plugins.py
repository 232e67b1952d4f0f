"""Hub plugins: Koji's own tracker loads them, their exported functions become methods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Callable

import koji.plugin

from koji_imagebuild.sandbox.hub import kojihub

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.sandbox.hub.call import Binder, Call


def load(folder: Path) -> dict[str, Binder]:
    """Load every plugin file of a folder and register its callbacks.

    :returns: the methods they export
    """
    kojihub.install()
    tracker = koji.plugin.PluginTracker(path=[str(folder)])
    methods: dict[str, Binder] = {}
    for path in sorted(folder.glob("[!_]*.py")):
        for value in vars(tracker.load(path.stem)).values():
            if isinstance(value, type) or not callable(value):
                continue
            if getattr(value, "exported", False):
                name = getattr(value, "export_alias", value.__name__)
                methods[name] = partial(_plain, value)
            for kind in getattr(value, "callbacks", ()):
                koji.plugin.register_callback(kind, value)
    return methods


def _plain(function: Callable[..., Any], call: Call) -> Callable[..., Any]:
    """A plugin's function is given the client's arguments and nothing else."""
    del call
    return function

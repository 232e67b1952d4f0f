"""What the tests of the hub plugin share."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import koji.plugin
import koji.tasks
import pytest
from koji.context import context

from koji_imagebuild.adapters import configuration, signatures

from .hub_plugin import Load, Loaded
from .small_hub import KojiHub

TOP = Path(__file__).resolve().parents[2]
PREFIX = "_koji_plugin__"


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the plugin with a configuration, as the hub does at its start."""
    for name in signatures.SIGNATURES:
        monkeypatch.delitem(koji.tasks.LEGACY_SIGNATURES, name, raising=False)
    monkeypatch.setattr(context, "policy", {}, raising=False)
    monkeypatch.setattr(context, "session", None, raising=False)
    path = tmp_path / "image_build_local.conf"
    monkeypatch.setenv(configuration.HUB_VARIABLE, str(path))

    def loaded(*lines: str) -> Loaded:
        path.write_text("\n".join(("[image_build_local]", *lines)))
        hub = KojiHub()
        monkeypatch.setitem(sys.modules, "kojihub", hub)
        name = f"{PREFIX}image_build_local"
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.delitem(sys.modules, name)
        tracker = koji.plugin.PluginTracker(path=[str(TOP / "hub_plugin")])
        return Loaded(tracker.load("image_build_local"), hub)

    return loaded

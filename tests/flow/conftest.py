"""A world for every test, in which the fake tool is one registry line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools import registry

from . import fake_tool
from .world import World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._TOOLS, "fake", fake_tool.FakeTool.read)
    monkeypatch.setitem(registry.ARCH_TASKS, "fake", fake_tool)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)

"""The hub plugin's file, loaded by Koji's own tracker beside a small hub."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import koji
import koji.plugin
import koji.tasks
import pytest

from koji_imagebuild.adapters import configuration, signatures
from koji_imagebuild.errors import Misconfigured

from .hub_plugin import SOURCE, URL, Load

TOP = Path(__file__).resolve().parents[2]
PREFIX = "_koji_plugin__"

#: What Pungi and koji kiwi-build call: Koji's own kiwi plugin's parameters and defaults.
KIWI_BUILD = (
    "(target, arches, desc_url, desc_path, optional_arches=None, profile=None, scratch=False,"
    " priority=None, make_prep=False, repos=None, release=None, type=None, type_attr=None,"
    " result_bundle_name_format=None, use_buildroot_repo=None, version=None, repo_releasever=None)"
)
#: koji-image-builder's, version 12.
IMAGE_BUILDER_BUILD = "(target, arches, types, name, version, opts=None, priority=None)"
IMAGE_BUILD_LOCAL = "(target, arches, tool, source, opts=None, priority=None)"

SIGNATURES = tuple(signatures.SIGNATURES)


def signature(function: Callable[..., Any]) -> str:
    """Names and defaults, without types."""
    parameters = inspect.signature(function).parameters.values()
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return str(inspect.Signature(bare))


def test_exactly_these_calls_are_exported(load: Load) -> None:
    exported = load().exported

    assert {name: signature(function) for name, function in exported.items()} == {
        "imageBuildLocal": IMAGE_BUILD_LOCAL,
        "imageRebuildLocal": "(origin, arches=None, opts=None, priority=None)",
        "kiwiBuild": KIWI_BUILD,
        "imageBuilderBuild": IMAGE_BUILDER_BUILD,
    }
    assert all(function.__doc__ for function in exported.values())


def test_the_doors_for_pungi_can_be_closed(load: Load) -> None:
    closed = load("kiwi_build = no", "image_builder_build = no")

    assert set(closed.exported) == {"imageBuildLocal", "imageRebuildLocal"}


def test_nothing_listens_to_callbacks(load: Load) -> None:
    values = vars(load().module).values()

    assert not [value for value in values if getattr(value, "callbacks", None)]


def rival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{PREFIX}kiwi", ModuleType("kiwi"))


def test_it_does_not_start_beside_kojis_own_plugin(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival(monkeypatch)

    with pytest.raises(Misconfigured, match="kiwi and image_build_local are both enabled"):
        load()


def test_kojis_own_plugin_loaded_later_is_noticed_by_the_first_call(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = load()
    rival(monkeypatch)

    with pytest.raises(Misconfigured, match="both enabled"):
        plugin.call("imageBuildLocal", "minidist", [], "kiwi", SOURCE)
    assert plugin.hub.tasks == []


def test_beside_kojis_own_plugin_with_the_door_closed(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival(monkeypatch)
    plugin = load("kiwi_build = no")

    assert plugin.call("imageBuildLocal", "minidist", [], "kiwi", SOURCE) == 41


def test_a_wrong_configuration_stops_the_hub(load: Load) -> None:
    with pytest.raises(Misconfigured, match="unknown key permision"):
        load("permision = image")


def test_tasks_are_readable_by_their_parameters(load: Load) -> None:
    load()

    parsed = koji.tasks.parse_task_params(
        "createKiwiImage", ["n", "1", "2", "x86_64", {}, 2, {}, URL, "a.kiwi", {"scratch": True}]
    )

    assert parsed["opts"] == {"scratch": True}
    assert koji.tasks.parse_task_params("kiwiBuild", ["t", [], URL, "a.kiwi"])["opts"] is None


def test_loading_costs_the_hub_little() -> None:
    """Every process of the web server loads it. Seconds of processor time, after Koji itself."""
    code = (
        "import sys, time, types, koji.plugin, koji.tasks, koji.context\n"
        "sys.modules['kojihub'] = types.ModuleType('kojihub')\n"
        "start = time.process_time()\n"
        "koji.plugin.PluginTracker().load('image_build_local', path=sys.argv[1])\n"
        "print(time.process_time() - start, 'koji.daemon' in sys.modules)"
    )
    words = subprocess.run(
        [sys.executable, "-c", code, TOP / "hub_plugin"],
        env={"PYTHONPATH": str(TOP), configuration.HUB_VARIABLE: "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert float(words[0]) < 0.5
    assert words[1] == "False"

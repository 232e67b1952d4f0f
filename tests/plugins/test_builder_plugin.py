"""The builder plugin's file, loaded by Koji's own task manager in a program like kojid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from koji_imagebuild.adapters import configuration

TOP = Path(__file__).resolve().parents[2]
KOJID = Path(__file__).with_name("kojid.py")

Load = Callable[..., "dict[str, Any]"]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(*lines: str, rivals: tuple[str, ...] = ()) -> dict[str, Any]:
        path = tmp_path / "image_build_local.conf"
        path.write_text("\n".join(("[image_build_local]", *lines)))
        return kojid(path, *rivals)

    return loaded


def kojid(configured: Path, *rivals: str) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, KOJID, TOP / "builder_plugin", *rivals],
        env={**os.environ, "PYTHONPATH": str(TOP), configuration.BUILDER_VARIABLE: str(configured)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is found without a configuration file."""
    return kojid(tmp_path_factory.mktemp("kojid") / "gone.conf")


def test_exactly_these_methods_are_registered(by_default: dict[str, Any]) -> None:
    assert by_default["handlers"] == {
        "imageBuildLocal": "ImageBuildLocalTask",
        "kiwiBuild": "ImageBuildLocalTask",
        "imageBuilderBuild": "ImageBuildLocalTask",
        "createKiwiImage": "CreateKiwiImageTask",
        "imageBuilderBuildArch": "ImageBuilderBuildArchTask",
    }


def test_no_other_task_is_in_sight(by_default: dict[str, Any]) -> None:
    assert by_default["tasks"] == [
        "CreateKiwiImageTask",
        "ImageBuildLocalTask",
        "ImageBuilderBuildArchTask",
    ]
    assert by_default["foreground"] == []
    assert sum(by_default["callbacks"].values()) == 0


def test_weights(by_default: dict[str, Any]) -> None:
    assert by_default["weights"] == {
        "imageBuildLocal": 0.2,
        "kiwiBuild": 0.2,
        "imageBuilderBuild": 0.2,
        "createKiwiImage": 4.0,
        "imageBuilderBuildArch": 4.0,
    }


def test_tasks_are_readable_by_their_parameters(by_default: dict[str, Any]) -> None:
    assert by_default["parent"] == {
        "target": "minidist",
        "arches": [],
        "tool": "kiwi",
        "source": {},
        "opts": {"scratch": True},
    }
    assert by_default["pungi"]["desc_path"] == "path"


def test_loading_costs_little(by_default: dict[str, Any]) -> None:
    assert by_default["seconds"] < 1.0
    assert not by_default["kojihub"]


def test_what_is_configured(load: Load) -> None:
    found = load("kiwi_build = no", "image_builder_build = no", "arch_weight = 1.5")

    assert set(found["handlers"]) == {
        "imageBuildLocal",
        "createKiwiImage",
        "imageBuilderBuildArch",
    }
    assert found["weights"]["createKiwiImage"] == 1.5


def test_it_does_not_start_beside_kojis_own_plugin(load: Load) -> None:
    refused = load(rivals=("kiwi",))["refused"]

    assert "kiwi and image_build_local are both enabled" in refused
    assert "kojid.conf: plugins" in refused


def test_kojis_own_plugin_loaded_later_is_noticed_by_the_first_build(
    by_default: dict[str, Any],
) -> None:
    """It has taken the arch tasks away by then: of two handlers the last one stays."""
    assert by_default["beside_kiwi"].startswith("Misconfigured: The plugins kiwi and image_build")


def test_beside_kojis_own_plugin_with_the_door_closed(load: Load) -> None:
    assert "imageBuildLocal" in load("kiwi_build = no", rivals=("kiwi",))["handlers"]


def test_a_wrong_configuration_is_named(load: Load) -> None:
    assert "arch_weight: expected a number, got 'heavy'" in load("arch_weight = heavy")["refused"]

"""Imports point down only, and the check that says so can say no."""

from __future__ import annotations

from pathlib import Path

import pytest

from .layers import House, imports, process_starts

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def house() -> House:
    return House(TOP)


def test_the_house_is_found(house: House) -> None:
    assert {"koji_imagebuild.errors", "hub_plugin.image_build_local"} <= set(house.modules)


def test_imports_point_down_only(house: House) -> None:
    assert house.problems() == []


def test_there_are_no_cycles(house: House) -> None:
    assert house.cycles() == []


def test_the_command_line_plugin_loads_nothing_of_ours(house: House) -> None:
    """Koji loads it on every call of every user."""
    loaded = house.at_load("cli_plugin.image_build_local")

    assert not [target for target in loaded if target.startswith("koji_imagebuild")]


def small_house(top: Path, **modules: str) -> House:
    """Double underscores in names stand for folders."""
    for name, source in modules.items():
        path = top / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return House(top)


LIB = "koji_imagebuild__"


@pytest.mark.parametrize(
    ("module", "source", "problem"),
    [
        ("errors", "import koji_imagebuild.model", "errors may not import koji_imagebuild.model"),
        ("model__nvr", "from koji_imagebuild.tools import base", "model may not import"),
        ("model__nvr", "from ..tools.base import Tool", "model may not import"),
        ("model__nvr", "from .. import pipeline", "model may not import"),
        ("model__nvr", "def f():\n from koji_imagebuild.cli import x", "model may not import"),
        (
            "model__nvr",
            "if TYPE_CHECKING:\n import koji_imagebuild.sandbox",
            "model may not import",
        ),
        ("tools__base", "import_module('koji_imagebuild.pipeline')", "tools may not import"),
        ("tools__base", "importlib.import_module('koji_imagebuild.cli.x')", "tools may not import"),
        ("pipeline__arch", "from koji_imagebuild.adapters import process", "pipeline may not"),
        ("pipeline__arch", "import koji_imagebuild.sandbox.state", "pipeline may not import"),
        ("adapters__tasks", "from koji_imagebuild.cli import x", "adapters may not import"),
        ("cli__submit", "from koji_imagebuild.adapters import signatures", "cli may not import"),
        ("cli__submit", "from koji_imagebuild import sandbox", "cli may not import"),
        ("adapters__tasks", "import hub_plugin.image_build_local", "adapters may not import"),
        ("model__nvr", "import koji.tasks", "may import koji.tasks"),
        ("tools__base", "from koji import tasks", "may import koji.tasks"),
        ("pipeline__arch", "from koji.daemon import SCM", "may import koji.daemon"),
        ("pipeline__arch", "import koji_cli.lib", "may import koji_cli"),
        ("adapters__tasks", "from __main__ import BuildRoot", "only builder_plugin may import"),
        ("adapters__tasks", "import kojihub", "only hub_plugin, sandbox may import kojihub"),
        ("cli__submit", "from koji.context import context", "may import koji.context"),
        ("adapters__sources", "import subprocess", "only adapters.process, cli, sandbox may"),
        ("pipeline__arch", "from subprocess import run", "may import subprocess"),
        ("tools__base", "import pty", "may import pty"),
        ("tools__base", "import os\nos.execv('/bin/sh', [])", "starts a process by os.execv"),
        ("tools__base", "import os\nos.system('id')", "starts a process by os.system"),
        ("adapters__sweep", "from os import fork", "starts a process by os.fork"),
        ("adapters__sweep", "import os\nx = os.posix_spawn", "starts a process by os.posix_spawn"),
    ],
)
def test_what_breaks_a_rule_is_found(
    tmp_path: Path, module: str, source: str, problem: str
) -> None:
    (found,) = small_house(tmp_path, **{LIB + module: source}).problems()

    assert problem in found
    assert found.startswith(f"koji_imagebuild.{module.replace('__', '.')}:")


@pytest.mark.parametrize(
    ("plugin", "source", "allowed"),
    [
        ("hub_plugin", "import kojihub\nfrom koji_imagebuild.adapters import admission", True),
        ("hub_plugin", "from __main__ import BuildRoot", False),
        ("hub_plugin", "from koji_imagebuild.cli import submit", False),
        ("builder_plugin", "from __main__ import BuildRoot", True),
        ("builder_plugin", "import kojihub", False),
        ("builder_plugin", "import subprocess", False),
        ("cli_plugin", "from koji_imagebuild.cli import submit", True),
        ("cli_plugin", "from koji_imagebuild.adapters import signatures", True),
        ("cli_plugin", "from koji_imagebuild.adapters import tasks", False),
        ("cli_plugin", "import koji_imagebuild.sandbox", False),
    ],
)
def test_plugins(tmp_path: Path, plugin: str, source: str, allowed: bool) -> None:  # noqa: FBT001
    house = small_house(tmp_path, **{f"{plugin}__image_build_local": source})

    assert (house.problems() == []) is allowed


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    house = small_house(
        tmp_path,
        koji_imagebuild____init__="VERSION = '1'",
        koji_imagebuild__model__nvr="from koji_imagebuild import VERSION\nimport koji, os",
        koji_imagebuild__pipeline__arch="from koji_imagebuild.model import nvr\nos.environ",
        koji_imagebuild__adapters__process="import subprocess, os\nos.fork()",
        koji_imagebuild__sandbox__hub="from koji_imagebuild.cli import x\nimport kojihub, pty",
    )

    assert house.problems() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from koji_imagebuild.model import b", "from koji_imagebuild.model import a"),
        ("from koji_imagebuild.model.b import X", "from koji_imagebuild.model.a import Y"),
        ("from .b import X", "from . import a"),
        ("def f():\n from .b import X", "def g():\n from .a import Y"),
    ],
)
def test_cycles_are_found(tmp_path: Path, one: str, other: str) -> None:
    house = small_house(tmp_path, koji_imagebuild__model__a=one, koji_imagebuild__model__b=other)

    assert house.cycles() == [
        "koji_imagebuild.model.a -> koji_imagebuild.model.b -> koji_imagebuild.model.a"
    ]


def test_a_long_cycle_is_one(tmp_path: Path) -> None:
    house = small_house(
        tmp_path,
        koji_imagebuild__model__a="from . import b",
        koji_imagebuild__model__b="from . import c, d",
        koji_imagebuild__model__c="from . import a",
        koji_imagebuild__model__d="from . import c",
    )

    assert len(house.cycles()) == 2


def test_no_cycle_where_two_lead_to_one(tmp_path: Path) -> None:
    house = small_house(
        tmp_path,
        koji_imagebuild__model__a="from . import b, c",
        koji_imagebuild__model__b="from . import c",
        koji_imagebuild__model__c="",
    )

    assert house.cycles() == []


def test_no_cycle_where_only_types_lead_back(tmp_path: Path) -> None:
    house = small_house(
        tmp_path,
        koji_imagebuild__model__a="from . import b",
        koji_imagebuild__model__b="if TYPE_CHECKING:\n from . import a",
    )

    assert house.cycles() == []


def test_relative_imports_of_a_package_are_its_own() -> None:
    (found,) = imports("from .b import c", "koji_imagebuild.model", package=True)

    assert found.target == "koji_imagebuild.model.b.c"


def test_what_only_looks_like_starting_a_process() -> None:
    assert list(process_starts("os.killpg(1, 2)\nself.fork()\nos.environ['system']")) == []

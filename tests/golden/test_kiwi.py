"""Descriptions and options in, the effective description and every argument list out.

A case is a folder of ``kiwi/`` with what was asked in ``case.json`` and what comes of it in
``expected.txt``. ``UPDATE_GOLDEN=1`` writes the second; read the difference before it is committed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.model.wire import Reader
from koji_imagebuild.tools.kiwi.tool import Kiwi
from koji_imagebuild.tools.layout import Layout

from .told import block, command, compare

if TYPE_CHECKING:
    from koji_imagebuild.tools.base import Command, Identity
    from koji_imagebuild.tools.kiwi.plan import KiwiPlan

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in (HERE / "kiwi").glob("*/case.json"))
SOURCES = (HERE / "descriptions", HERE.parent.parent / "kiwi-descriptions")


def _source(path: str) -> Path:
    return next(folder for folder in SOURCES if (folder / path).exists())


def _bound(case: dict[str, Any]) -> tuple[Kiwi, BuildOptions]:
    url = "git+https://git.example.com/descriptions#0123456789abcdef0123456789abcdef01234567"
    opts = Reader(case.get("opts"), "opts")
    kiwi = Kiwi.read(Reader({"url": url, "path": case["path"]}, "source"), opts)
    options = BuildOptions.read(opts)
    opts.finish()
    return kiwi, options


def _job(case: dict[str, Any], kiwi: Kiwi, options: BuildOptions, called: Identity) -> ArchJob[Any]:
    arch = case["arch"]
    return ArchJob(
        nvr=NVR(options.name or called.name, called.version, options.release or "7"),
        arch=arch,
        target=Target("distro", 1, "distro-build", 2, "distro-candidate"),
        repo=RepoInfo(41, 1284, "distro-build"),
        tool=kiwi,
        options=options,
        buildroot_repo=Repo(f"https://koji.example.com/repos/distro-build/41/{arch}"),
    )


def _told(called: Identity, plan: KiwiPlan, root: Path, before: tuple[Command, ...]) -> list[str]:
    (effective,) = plan.records
    config = root / plan.config.relative_to("/")
    return [
        block(f"{called.name} {called.version}", called.file_names),
        block("notes", plan.notes),
        block("needs", [f"loop devices: {plan.needs.loop_devices}"]),
        *map(command, before),
        block("kiwi.yml", config.read_text().splitlines()),
        block(effective.name, [effective.path.read_bytes().decode("utf-8", "backslashreplace")]),
    ]


def run(case: dict[str, Any], root: Path) -> str:
    """All that a builder would do, up to starting kiwi."""
    kiwi, options = _bound(case)
    layout = Layout(root)
    checkout = layout.on_builder(layout.work / "source/descriptions")
    shutil.copytree(_source(case["path"]), checkout)
    called = kiwi.identify(checkout, case["arch"])
    job = _job(case, kiwi, options, called)
    version = f"KIWI (next generation) version {case['kiwi']}"
    before = kiwi.preliminary(job, layout, checkout, version)
    plan = kiwi.prepare(job, layout, checkout, version)
    commands = kiwi.commands(job, layout, plan)
    return "\n".join([*_told(called, plan, root, before), *map(command, commands)])


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_golden(folder: Path, tmp_path: Path) -> None:
    got = run(json.loads((folder / "case.json").read_text()), tmp_path)
    compare(got, folder / "expected.txt")


def test_there_are_cases() -> None:
    assert len(CASES) > 10

"""minidist's recipes agree with each other, and its folder is whole or not there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from koji_imagebuild.errors import PreflightError, Told
from koji_imagebuild.sandbox.minidist import build

RECIPES = Path(build.__file__).parent
DESCRIPTIONS = RECIPES.parents[2] / "kiwi-descriptions"
SPECS = {path.stem: path.read_text() for path in RECIPES.glob("specs/*.spec")}

MAKEFILE = """\
all:
\tmkdir -p $(OUT)
\t@echo building >> $(OUT)/../../runs
\t@echo one of the tool >> $(WORK)/one.log
\t@{step}
\t@touch $(OUT)/one-1-1.noarch.rpm $(WORK)/one.done
\t@echo one 0.1 s
"""


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Makefile of its own for :mod:`build`: one package, made at once."""
    for tool in ("make", "setpriv"):
        if not shutil.which(tool):
            pytest.skip(f"no {tool} here")
    folder = tmp_path / "recipes"
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE.format(step="true"))
    monkeypatch.setattr(build, "HERE", folder)
    monkeypatch.setattr(build, "_check_machine", lambda _: None)
    return folder


def test_the_makefile_names_every_spec() -> None:
    makefile = (RECIPES / "Makefile").read_text().replace("\\\n", " ")
    named = re.search(r"^RPMS := (.*)$", makefile, re.MULTILINE)
    assert named is not None
    assert sorted(named[1].split()) == sorted(SPECS)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_spec_is_named_after_its_package(name: str) -> None:
    assert SPECS[name].startswith(f"Name: {name}\n")
    assert "AutoReqProv: no\n" in SPECS[name]


def test_every_source_is_used_and_there() -> None:
    used = {
        name
        for spec in SPECS.values()
        for name in re.findall(r"^Source\d+: (.*)$", spec, re.MULTILINE)
    }
    assert used == {path.name for path in RECIPES.glob("sources/*")}


def test_groups_are_made_of_packages_that_exist() -> None:
    assert {name for group in build.GROUPS.values() for name in group} <= SPECS.keys()


def test_the_descriptions_name_packages_that_exist() -> None:
    named = {
        name
        for folder in ("minidist", "tiny")
        for pattern in ("*.kiwi", "**/*.xml")
        for path in (DESCRIPTIONS / folder).glob(pattern)
        for name in re.findall(r'<package name="(.*?)"', path.read_text())
    }
    assert named <= SPECS.keys()
    assert {"busybox", "kernel", "dracut-kiwi-live"} <= named


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="no shellcheck here")
def test_scripts_are_clean() -> None:
    scripts = [
        path
        for folder in (RECIPES, DESCRIPTIONS)
        for path in folder.rglob("*")
        if path.is_file() and path.read_bytes().startswith((b"#!/bin/sh", b"#!/bin/bash"))
    ]
    assert len(scripts) >= 9
    checked = subprocess.run(
        ["shellcheck", *scripts], check=False, stdout=subprocess.PIPE, text=True
    )
    assert checked.stdout == ""


def test_it_appears_whole_and_is_not_made_twice(tmp_path: Path, recipes: Path) -> None:
    folder, log, said = tmp_path / "minidist", tmp_path / "log", []
    assert not build.fresh(folder)
    build.make(folder, log, said.append)
    build.make(folder, log, said.append)
    assert "one 0.1 s" in said
    assert (tmp_path / "runs").read_text() == "building\n"
    assert build.fresh(folder)
    assert [path.name for path in build.packages(folder)] == ["one-1-1.noarch.rpm"]
    assert json.loads((folder / "comps.json").read_text())["kiwi-build"] == [
        "buildroot-base",
        "python3-kiwi",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["Packages", "comps.json", "stamp"]
    assert log.read_text() == "one: one of the tool\n"


def test_a_changed_recipe_makes_it_anew(tmp_path: Path, recipes: Path) -> None:
    folder = tmp_path / "minidist"
    build.make(folder, tmp_path / "log", lambda _: None)
    (folder / "old").touch()
    (recipes / "new.spec").touch()
    assert not build.fresh(folder)
    build.make(folder, tmp_path / "log", lambda _: None)
    assert build.fresh(folder)
    assert not (folder / "old").exists()


def test_a_failure_shows_the_step_and_keeps_what_was_there(tmp_path: Path, recipes: Path) -> None:
    folder, log = tmp_path / "minidist", tmp_path / "log"
    build.make(folder, log, lambda _: None)
    (recipes / "Makefile").write_text(MAKEFILE.format(step="false"))
    with pytest.raises(Told, match="making one failed") as caught:
        build.make(folder, log, lambda _: None)
    assert caught.value.lines == ("one of the tool",)
    assert caught.value.log == str(log)
    assert build.packages(folder)
    assert not (tmp_path / "minidist.partial").exists()


def test_an_interrupt_ends_everything_below_make(tmp_path: Path, recipes: Path) -> None:
    started = tmp_path / "started"
    step = f"echo now; (sleep 1; touch {tmp_path}/survived) & touch {started}; wait"
    (recipes / "Makefile").write_text(MAKEFILE.format(step=step))

    def interrupt(line: str) -> None:
        if line == "now":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.make(tmp_path / "minidist", tmp_path / "log", interrupt)
    time.sleep(1.2)
    assert not (tmp_path / "survived").exists()
    assert {path.name for path in tmp_path.iterdir()} >= {"minidist.lock", "log"}
    assert not (tmp_path / "minidist").exists()
    assert not (tmp_path / "minidist.partial").exists()


def test_a_path_that_make_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightError):
        build.make(tmp_path / "mini dist", tmp_path / "log", lambda _: None)

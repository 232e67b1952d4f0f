"""Rules of the house that no linter knows."""

from __future__ import annotations

import configparser
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from .layers import House

TOP = Path(__file__).parents[2]

#: Lines; one purpose a module needs fewer.
LONGEST = 300

# Put together from parts, so that this file is no find of its own.
_REGISTRIES = (
    ("deb", "debian", "org"),
    ("security", "debian", "org"),
    ("snapshot", "debian", "org"),
    ("archive", "ubuntu", "com"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("proxy", "golang", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
)
_MACHINE = (
    (r"(?<![\w-])/work", "/(main|shared|", r"\.mirror|\.library)\b"),
    ("/tm", "p/(brief|ref)", r"\b"),
    (r"\bshared", "/(DESIGN|DECISIONS|UX|reference|", r"minidist)\b"),
    (r"\b(DECISIONS|UX)", r"\.md\b"),
)
#: Numbers of decisions that nobody outside can look up.
_NUMBERS = re.compile(r"\b" + "D" + r"([1-9]|[1-3][0-9]|40)\b")
FOREIGN = re.compile(
    "|".join([*(r"\.".join(host) for host in _REGISTRIES), *("".join(part) for part in _MACHINE)])
)


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "-C", str(TOP), "ls-files", "-z"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [TOP / name for name in listed.split("\0") if name and (TOP / name).is_file()]


def finds(path: Path, pattern: re.Pattern[str]) -> list[str]:
    text = path.read_bytes().decode(errors="replace")
    return [
        f"{path.relative_to(TOP)}:{number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_module_is_too_long() -> None:
    modules = House(TOP, ("koji_imagebuild", "tests", *_plugins())).modules
    lengths = {name: len(path.read_text().splitlines()) for name, path in modules.items()}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def _plugins() -> list[str]:
    return [path.name for path in TOP.glob("*_plugin")]


def test_the_project_speaks_of_itself_alone() -> None:
    assert [find for path in tracked() for find in finds(path, FOREIGN)] == []


def test_reasons_stand_where_they_are_needed() -> None:
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".sh"}]

    assert [find for path in texts for find in finds(path, _NUMBERS)] == []


@pytest.mark.parametrize(
    "line", ["https://" + "deb." + "debian.org/debian", "see /wo" + "rk/shared/x", "UX" + ".md"]
)
def test_what_is_foreign_is_found(line: str) -> None:
    assert FOREIGN.search(line)


@pytest.mark.parametrize("line", ["/kojifiles/work/tasks/42", "/var/lib/koji-sandbox/work/main.db"])
def test_what_is_not_foreign(line: str) -> None:
    assert not FOREIGN.search(line)


def test_every_file_of_the_library_is_packaged() -> None:
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg")
    patterns = {
        package.replace(".", "/"): [
            each.strip() for each in re.split(r"[,\n]", globs) if each.strip()
        ]
        for package, globs in setup["options.package_data"].items()
    }
    names = [
        path.relative_to(TOP)
        for path in tracked()
        if path.relative_to(TOP).parts[0] == "koji_imagebuild" and path.suffix != ".py"
    ]

    assert [str(name) for name in names if not _is_packaged(name, patterns)] == []


def _is_packaged(name: Path, patterns: dict[str, list[str]]) -> bool:
    """Whether the nearest package takes it; as in setuptools ``*`` ends at a slash."""
    package = next(each for each in name.parents if (TOP / each / "__init__.py").exists())
    inside = name.relative_to(package)
    return any(
        fnmatch(str(inside), each) and str(inside).count("/") == each.count("/")
        for each in patterns.get(str(package), ())
    )

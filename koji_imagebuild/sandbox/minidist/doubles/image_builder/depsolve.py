"""Chooses packages: the newest that provides a name, and all that they require."""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import TYPE_CHECKING

from .flags import UsageError
from .repository import Dependency, Package

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPERATORS = {
    "EQ": (0,),
    "GE": (0, 1),
    "LE": (0, -1),
    "GT": (1,),
    "LT": (-1,),
}


def solve(names: Iterable[str], available: list[Package], arch: str) -> list[Package]:
    """Choose packages, sorted by name.

    :raises UsageError: with dnf's words when it cannot be done
    """
    fitting = [each for each in available if each.arch in (arch, "noarch")]
    asked = [Dependency(name) for name in dict.fromkeys(names)]
    missing = [each.name for each in asked if not _providers(each, fitting)]
    if missing:
        raise UsageError(
            "DNF error occurred: MarkingErrors: Error occurred when marking packages for "
            "installation: Problems in request:\nmissing packages: " + ", ".join(missing)
        )
    chosen: dict[str, Package] = {}
    todo: list[tuple[Dependency, Package | None]] = [(each, None) for each in asked]
    while todo:
        wanted, because = todo.pop(0)
        if any(_provides(each, wanted) for each in chosen.values()):
            continue
        if wanted.name.startswith("rpmlib("):
            continue
        candidates = _providers(wanted, fitting)
        if not candidates:
            raise UsageError(_unsolvable(wanted, because))
        named = [each for each in candidates if each.name == wanted.name]
        best = max(named or candidates, key=cmp_to_key(_older))
        chosen[best.name] = best
        todo += [(each, best) for each in best.requires]
    return sorted(chosen.values(), key=lambda each: each.name)


def _unsolvable(wanted: Dependency, because: Package | None) -> str:
    repository = because.repository.id if because else ""
    return (
        "DNF error occurred: DepsolveError: There was a problem depsolving packages: \n"
        " Problem: conflicting requests\n"
        f"  - nothing provides {wanted.name} needed by {because} from {repository}"
    )


def _providers(wanted: Dependency, available: list[Package]) -> list[Package]:
    return [each for each in available if _provides(each, wanted)]


def _provides(package: Package, wanted: Dependency) -> bool:
    if wanted.name in package.files or str(package) == wanted.name:
        return True
    if wanted.name == package.name and _fits(package.evr, wanted):
        return True
    return any(
        each.name == wanted.name and (not each.flags or _fits(each.evr, wanted))
        for each in package.provides
    )


def _fits(evr: tuple[str, str, str], wanted: Dependency) -> bool:
    if not wanted.flags:
        return True
    if not wanted.evr[2]:
        evr = (evr[0], evr[1], "")
    return _compare_evr(evr, wanted.evr) in _OPERATORS[wanted.flags]


def _older(one: Package, other: Package) -> int:
    """Negative when the first one is the worse choice."""
    if one.name != other.name:
        return 1 if one.name < other.name else -1
    return _compare_evr(one.evr, other.evr)


def _compare_evr(one: tuple[str, str, str], other: tuple[str, str, str]) -> int:
    for mine, theirs in zip(one, other):
        if found := compare(mine, theirs):
            return found
    return 0


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as rpm compares versions."""
    parts = (re.findall(r"\d+|[a-zA-Z]+|~|\^", text) for text in (one, other))
    for mine, theirs in zip_longest(*parts):
        if mine == theirs:
            continue
        if "~" in (mine, theirs):
            return -1 if mine == "~" else 1
        if mine is None or theirs is None:
            return -1 if mine is None else 1
        if mine.isdigit() != theirs.isdigit():
            return 1 if mine.isdigit() else -1
        left, right = (int(mine), int(theirs)) if mine.isdigit() else (mine, theirs)
        if left != right:
            return 1 if left > right else -1
    return 0

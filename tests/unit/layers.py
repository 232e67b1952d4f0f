"""Reads imports and says which of them break the house's rules.

Every import has to point down, also those inside functions and those for type checkers only: what
a module knows of is what it can come to depend on. Cycles are those of imports that are run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LIBRARY = "koji_imagebuild"
PLUGINS = ("hub_plugin", "builder_plugin", "cli_plugin")

#: Layer to what it may import beside itself; the package's own ``__init__`` is everybody's.
#: koji_imagebuild.adapters.signatures is the one adapter that the command line plugin may load:
#: a table of parameter names that hub, builder and command line have to agree on.
#: koji_imagebuild.adapters.ledger reads earlier tasks for the command line as for the builder.
MAY_IMPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "errors": (),
    "model": ("errors",),
    "tools": ("model", "errors"),
    "pipeline": ("tools", "model", "errors"),
    "adapters": ("pipeline", "tools", "model", "errors"),
    "cli": ("adapters.ledger", "pipeline", "tools", "model", "errors"),
    "sandbox": ("cli", "adapters", "pipeline", "tools", "model", "errors"),
    "here": ("sandbox", "cli", "adapters", "pipeline", "tools", "model", "errors"),
    "hub_plugin": ("adapters", "pipeline", "tools", "model", "errors"),
    "builder_plugin": ("adapters", "pipeline", "tools", "model", "errors"),
    "cli_plugin": ("here", "cli", "adapters.signatures", "pipeline", "tools", "model", "errors"),
}

#: Module of others to the places that may import it; a place is a layer or a module.
ONLY_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "__main__": ("builder_plugin",),
    "kojihub": ("hub_plugin", "sandbox"),
    "koji.context": ("hub_plugin", "sandbox"),
    "koji.tasks": ("adapters", "cli", "sandbox", *PLUGINS),
    "koji.daemon": ("adapters", "cli", "sandbox", "here", *PLUGINS),
    "koji_cli": ("cli", "sandbox", "cli_plugin"),
    "subprocess": ("adapters.process", "cli", "sandbox"),
    "multiprocessing": ("adapters.process", "cli", "sandbox"),
    "pty": ("adapters.process", "cli", "sandbox"),
}

_STARTS = ("exec", "fork", "popen", "posix_spawn", "spawn", "system")


@dataclass(frozen=True)
class Import:
    """One module or name that a module takes from another.

    :param lazy: inside a function
    :param for_types: for type checkers only, never run
    """

    target: str
    line: int
    lazy: bool
    for_types: bool


def imports(source: str, module: str, *, package: bool = False) -> Iterator[Import]:
    """What a module imports; for ``from A import b`` that is ``A.b``.

    :param package: the module is the ``__init__`` of its package
    """
    tree = ast.parse(source)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, functions)
        for inner in ast.walk(outer)
    }
    for_types = _for_types(tree)
    for node in ast.walk(tree):
        for target in _targets(node, module, package=package):
            yield Import(
                target, getattr(node, "lineno", 0), id(node) in lazy, id(node) in for_types
            )


def _for_types(tree: ast.AST) -> set[int]:
    """Identities of everything below ``if TYPE_CHECKING:``."""
    return {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and getattr(outer.test, "id", "") == "TYPE_CHECKING"
        for statement in outer.body
        for inner in ast.walk(statement)
    }


def _targets(node: ast.AST, module: str, *, package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parents = module.split(".")[: None if package else -1]
        above = parents[: len(parents) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        if called in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
            yield node.args[0].value


class House:
    """The modules below some folders, by dotted name."""

    def __init__(self, top: Path, folders: Iterable[str] = (LIBRARY, *PLUGINS)) -> None:
        self._files = {
            ".".join(path.relative_to(top).with_suffix("").parts).replace(".__init__", ""): path
            for folder in folders
            for path in sorted((top / folder).rglob("*.py"))
        }
        self._imports = {
            name: tuple(imports(path.read_text(), name, package=path.name == "__init__.py"))
            for name, path in self._files.items()
        }

    @property
    def modules(self) -> Mapping[str, Path]:
        return self._files

    def problems(self) -> list[str]:
        """Every import that breaks a rule, as ``MODULE:LINE why``."""
        return [
            f"{module}:{each.line} {why}"
            for module, found in self._imports.items()
            for each in found
            for why in _why_not(module, each)
        ] + [
            f"{module}:{line} starts a process by os.{name}"
            for module, path in self._files.items()
            if not _is_in(module, ONLY_IN["subprocess"])
            for line, name in process_starts(path.read_text())
        ]

    def cycles(self) -> list[str]:
        """Modules that lead back to themselves, each cycle as one line."""
        graph = {
            module: sorted(
                {self._module(each.target) for each in found if not each.for_types}
                & set(self._files) - {module}
            )
            for module, found in self._imports.items()
        }
        found: dict[frozenset[str], str] = {}
        for start in graph:
            path = _way_back(graph, start)
            if path:
                found.setdefault(frozenset(path), " -> ".join([*path, start]))
        return list(found.values())

    def at_load(self, module: str) -> set[str]:
        """What a module imports when it is loaded itself."""
        return {e.target for e in self._imports[module] if not e.lazy and not e.for_types}

    def _module(self, target: str) -> str:
        """The module behind an import: the name itself, or the module it is a name of."""
        return target if target in self._files else target.rpartition(".")[0]


def _way_back(graph: Mapping[str, list[str]], start: str) -> list[str]:
    """The shortest way from a module to itself."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for step in graph[way[-1]]:
            if step == start:
                return way
            if step not in seen:
                seen.add(step)
                ways.append([*way, step])
    return []


def process_starts(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything of ``os`` that starts a process."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "os":
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            names = [alias.name for alias in node.names]
        yield from ((node.lineno, name) for name in names if name.startswith(_STARTS))  # type: ignore[attr-defined]


def layer(module: str) -> str:
    """``model`` of ``koji_imagebuild.model.wire``, ``hub_plugin`` of ``hub_plugin.anything``."""
    parts = module.split(".")
    return parts[0] if parts[0] != LIBRARY else parts[1] if len(parts) > 1 else LIBRARY


def _why_not(module: str, each: Import) -> Iterator[str]:
    first = each.target.split(".")[0]
    if first in (LIBRARY, *PLUGINS):
        own = layer(module)
        allowed = MAY_IMPORT.get(own, ())
        if (
            layer(each.target) != own
            and not _is_common(each.target)
            and not _is_in(each.target, allowed)
        ):
            yield f"{own} may not import {each.target}"
        return
    for other, places in ONLY_IN.items():
        if f"{each.target}.".startswith(f"{other}.") and not _is_in(module, places):
            yield f"only {', '.join(places) or 'nobody'} may import {other}"


def _is_common(target: str) -> bool:
    """The package itself, or a name in its ``__init__``, such as the version."""
    return target == LIBRARY or target.split(".")[1].isupper()


def _is_in(module: str, places: Iterable[str]) -> bool:
    """Whether a module is, or lies below, one of these layers or modules."""
    inside = module[len(LIBRARY) + 1 :] if module.startswith(f"{LIBRARY}.") else module
    return any(f"{inside}.".startswith(f"{place}.") for place in places)

"""What kiwi says it made: its result file, its bundle and the RPMs of its roots."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError, OutputRefused
from koji_imagebuild.model.artifact import Kind, Output
from koji_imagebuild.tools import rpm_list
from koji_imagebuild.tools.base import Collected
from koji_imagebuild.tools.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path, PurePosixPath

    from koji_imagebuild.model.rpms import Rpm
    from koji_imagebuild.tools.kiwi.plan import KiwiPlan, Run
    from koji_imagebuild.tools.layout import Layout

#: kiwi's own keys for what is no image (kiwi/builder/*.py); ``bundle_format`` is no file at all.
_NO_IMAGES: Final = frozenset(
    {"bundle_format", "image_changes", "image_packages", "image_verified"}
)
# Everything kiwi puts beside an image: lists, checksums, the settings of a virtual machine.
_SIDECAR = re.compile(r"\.(packages|changes(\.xz)?|verified|sha256|sha512|zsync|vmx|kernel)\Z")
_LIST = re.compile(r"\.(packages|changes(\.xz)?|verified)\Z")
# Not etc/os-release: it is a symlink, often an absolute one, which means another file out here.
_OS_RELEASE: Final = ("usr/lib/os-release", "etc/os-release")
_ID = re.compile(r"^ID=[\"']?([a-z0-9._-]+)", re.MULTILINE)
_MAX_RESULT: Final = 1 << 20


def collect(layout: Layout, plan: KiwiPlan) -> Collected:
    """Every type's files, kiwi's package lists once, and all RPMs of all types.

    :raises OutputRefused: for a type kiwi says nothing about
    """
    tree = Tree(layout.root, "the build root")
    outputs: list[Output] = []
    rpms: set[Rpm] = set()
    try:
        for run in plan.runs:
            _check_result(tree, plan, run)
            names = dict(plan.list_names)
            outputs += _bundled(tree, plan, run, names if run is plan.runs[0] else None)
            rpms |= set(rpm_list.parse(_text(tree, plan.rpms(run), rpm_list.LARGEST)))
    except DescriptionError as problem:
        raise OutputRefused(problem.what) from None
    return Collected(
        tuple(outputs),
        tuple(sorted(rpms, key=lambda rpm: (rpm.nvra, rpm.sigmd5))),
        _distribution(tree, plan),
    )


def _distribution(tree: Tree, plan: KiwiPlan) -> str:
    run = plan.runs[0]
    root = _inside(plan.root(run) if run.own_root else plan.shared_root)
    for path in _OS_RELEASE:
        try:
            text = tree.read(f"{root}/{path}", _MAX_RESULT).decode(errors="replace")
        except DescriptionError:
            continue
        found = _ID.search(text)
        return found[1] if found else ""
    return ""


def _inside(path: PurePosixPath) -> str:
    return str(path.relative_to("/"))


def _text(tree: Tree, path: PurePosixPath, limit: int) -> str:
    return tree.read(_inside(path), limit).decode(errors="replace")


def _check_result(tree: Tree, plan: KiwiPlan, run: Run) -> None:
    """See that kiwi says it made an image: its exit status does not tell.

    Only the JSON is read. The file beside it is a pickle, which can run anything.
    """
    path = plan.result(run) / "kiwi.result.json"
    if not (tree.top / _inside(path)).exists():
        raise OutputRefused(f"kiwi ended well, but it left no result of type {run.image}")
    try:
        result = json.loads(_text(tree, path, _MAX_RESULT))
        images = [
            key
            for key, entry in result.items()
            if key not in _NO_IMAGES and entry["use_for_bundle"]
        ]
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        raise OutputRefused(f"kiwi's result of type {run.image} cannot be read") from None
    if not images:
        raise OutputRefused(f"kiwi ended well, but its result of type {run.image} has no image")


def _bundled(
    tree: Tree, plan: KiwiPlan, run: Run, list_names: dict[str, str] | None
) -> Iterator[Output]:
    """The files of a type's bundle.

    :param list_names: what kiwi's package lists are to be called; None leaves them out
    """
    folder = tree.path(_inside(plan.bundle(run)))
    for path in sorted(folder.iterdir()):
        name = path.name
        if _LIST.search(name):
            if list_names is None:
                continue
            name = list_names.get(name, name)
        kind = Kind.SIDECAR if _SIDECAR.search(name) else Kind.IMAGE
        yield Output(_regular(path), name, kind, run.image)


def _regular(path: Path) -> Path:
    if path.is_symlink() or not path.is_file():
        raise OutputRefused(
            f"{path.name} in kiwi's bundle is not a regular file; only those can be imported"
        )
    return path

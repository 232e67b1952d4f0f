"""What the parent learns from a description before it asks the hub for a build."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.tools.base import Identity
from koji_imagebuild.tools.kiwi import includes, naming, patch, selection, type_attributes
from koji_imagebuild.tools.kiwi.naming import Naming

if TYPE_CHECKING:
    from koji_imagebuild.tools.kiwi.asked import KiwiOptions
    from koji_imagebuild.tools.kiwi.includes import Flat
    from koji_imagebuild.tools.tree import Tree

#: Stands for the release in file names, before the hub has given one.
_SOME_RELEASE: Final = "1"


def find(tree: Tree, path: str) -> str:
    """The description's file, from itself or from a folder with exactly one.

    :raises DescriptionError: naming those there are
    """
    place = tree.path(path)
    if not place.is_dir():
        tree.file(path)
        return posixpath.normpath(path)
    found = sorted(entry.name for entry in place.iterdir() if entry.name.endswith(".kiwi"))
    if len(found) == 1:
        return posixpath.normpath(posixpath.join(path, found[0]))
    if not found:
        raise DescriptionError(f"{path} has no .kiwi file in {tree.label}")
    raise DescriptionError(
        f"{path} has several .kiwi files: {', '.join(found)}",
        repair="Say which by giving its path instead of the folder's",
    )


def identify(tree: Tree, path: str, options: KiwiOptions, arch: str) -> Identity:
    """Name, version and expected files of a build.

    :raises DescriptionError: for everything a builder would find out later
    :raises RequestError: for options kiwi would not understand
    """
    type_attributes.check(options.type_attrs)
    flat = includes.flatten(tree, find(tree, path))
    if not options.make_prep:
        flat.complete()
    name = _name(flat, options.profile)
    try:
        chosen = selection.select(flat, options.profile, arch)
        types = chosen.build_types(options.types)
        version = _version(options.version or chosen.version, flat)
        patch.effective(chosen, name, version)
    except DescriptionError:
        if not flat.missing:
            raise
        return _before_make_prep(flat, name, options)
    nvr = NVR(name, version, _SOME_RELEASE)
    files = tuple(naming.expected(types, options, Naming.of(chosen, nvr)))
    described = (f"{nvr}.{arch}.kiwi.xml", f"{nvr}.{arch}.image-build.json")
    return Identity(name, version, (*files, *described))


def _before_make_prep(flat: Flat, name: str, options: KiwiOptions) -> Identity:
    """What can be said while included files are still to be made: the builder sees the rest."""
    if options.version is not None:
        return Identity(name, options.version, ())
    for section in flat.sections:
        for element in section.element.all("version"):
            return Identity(name, _version(element.text.strip(), flat), ())
    raise DescriptionError(
        f"{flat.path} has no <version> outside of the files that make prep is going to write",
        repair="Give --version, or put <version> into a file of the repository",
    )


def _name(flat: Flat, profile: str | None) -> str:
    name = flat.image.get("name")
    if not name:
        raise DescriptionError(f"{flat.path} line {flat.image.line}: <image> has no name")
    try:
        return names.package_name(name if profile is None else f"{name}-{profile}", flat.path)
    except RequestError as problem:
        raise DescriptionError(problem.what) from None


def _version(version: str, flat: Flat) -> str:
    try:
        return names.version(version, f"{flat.path}: version")
    except RequestError as problem:
        raise DescriptionError(problem.what, repair=problem.repair) from None

"""What the parent must know of manifests before it asks the hub for a build."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import koji

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.base import Identity
from koji_imagebuild.tools.manifest import document, withheld
from koji_imagebuild.tools.manifest.run import SUFFIX

if TYPE_CHECKING:
    from koji_imagebuild.tools.manifest.asked import ManifestSource
    from koji_imagebuild.tools.manifest.document import Manifest
    from koji_imagebuild.tools.tree import Tree

_RPM_ARCH = re.compile(r"\.(?P<arch>[a-z0-9_]+)\.rpm(?:\?.*)?\Z")
_ANY: Final = frozenset({"noarch", "src"})


def identify(tree: Tree, source: ManifestSource, arch: str, registrations: str) -> Identity:
    """Names and expected files.

    :param registrations: name of those that go into it; empty for none
    :raises DescriptionError: for everything a builder would find out later
    """
    stem = f"{source.name}-{source.version}-1.{arch}"
    names = [f"{stem}{SUFFIX}", f"{stem}.image-build.json"]
    for image in source.images:
        read = document.read(tree.read(image.file, document.LARGEST), image.file)
        _check_arch(read, image.file, arch)
        withheld.check(read, image.file, registrations)
        file = read.pipeline(read.export(image.export)).file
        if "." in file:
            names.append(f"{stem}{file[file.index('.') :]}")
    return Identity(source.name, source.version, tuple(dict.fromkeys(names)))


def _check_arch(read: Manifest, file: str, arch: str) -> None:
    """A manifest does not name its arch, but its packages do; some images have a few of another."""
    found = {match["arch"] for one in read.sources if (match := _RPM_ARCH.search(one.url))}
    arches = {koji.canonArch(each) for each in found - _ANY}
    if arches and arch not in arches:
        raise DescriptionError(
            f"{file} is for {' and '.join(sorted(arches))}: it has no package of {arch}"
        )

"""What can be asked of image-builder: types, blueprint, definitions, and every option."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools import registrations
from koji_imagebuild.tools.image_builder.blueprint import Blueprint
from koji_imagebuild.tools.image_builder.content import Bootc, OSTree

if TYPE_CHECKING:
    from koji_imagebuild.model.wire import Reader

# image-builder reads it with datasizes.Parse (pkg/datasizes): a number and a unit.
_SIZE = re.compile(r"[1-9][0-9]* ?(B|[kMGT]i?B)?\Z")
_INT64 = 1 << 63


@dataclass(frozen=True)
class ImageBuilderSource:
    """What is built.

    :param types: image-builder's own words; each is an image of its own
    :param definitions: where the distribution's definitions are; empty for those of image-builder
    :param definitions_path: their folder in there
    """

    name: str
    version: str
    types: tuple[str, ...]
    blueprint: Blueprint | None = None
    definitions: Location = field(default_factory=Location)
    definitions_path: str = "."

    def __post_init__(self) -> None:
        names.package_name(self.name, "source.name")
        names.version(self.version, "source.version")
        if not self.types:
            raise RequestError("source.types: at least one image type is needed")
        for kind in self.types:
            names.word(kind, "source.types")
        if len(set(self.types)) != len(self.types):
            raise RequestError("source.types: a type is named twice")
        names.relative_path(self.definitions_path, "source.defs_path")

    @classmethod
    def read(cls, reader: Reader) -> ImageBuilderSource:
        definitions = reader.text("defs_url")
        if definitions is not None:
            names.scm_url(definitions, f"{reader.where}.defs_url")
        source = cls(
            name=reader.required("name"),
            version=reader.required("version"),
            types=reader.texts("types"),
            blueprint=Blueprint.read(reader),
            definitions=Location(url=definitions or ""),
            definitions_path=reader.text("defs_path") or ".",
        )
        reader.finish()
        return source

    def to_wire(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": self.version,
            "types": list(self.types),
            **sparse(blueprint=None if self.blueprint is None else self.blueprint.to_wire()),
            **self.definitions_to_wire(),
        }

    def definitions_to_wire(self) -> dict[str, object]:
        path = self.definitions_path
        return sparse(
            defs_url=self.definitions.text or None, defs_path=None if path == "." else path
        )


@dataclass(frozen=True)
class ImageBuilderOptions:
    """image-builder's part of ``opts``.

    :param distro: such as ``fedora-44``; the build root's own by default
    :param extra_repos: beside the others, for the image and for what builds it
    :param seed: of all UUIDs; derived from the build's N-V-R by default
    :param preview: overrides whether the distribution is a prerelease
    :param image_size: of a disk, such as ``10 GiB``
    :param registrations: the name that builders keep them under
    """

    distro: str | None = None
    ostree: OSTree = field(default_factory=OSTree)
    bootc: Bootc = field(default_factory=Bootc)
    extra_repos: tuple[Repo, ...] = ()
    seed: int | None = None
    preview: bool | None = None
    image_size: str | None = None
    registrations: str | None = None

    def __post_init__(self) -> None:
        if self.distro is not None:
            names.word(self.distro, "opts.distro")
        if self.distro is not None and self.bootc.ref is not None:
            raise RequestError("opts.distro and opts.bootc.ref exclude each other")
        if self.ostree.parent is not None and self.ostree.url is None:
            raise RequestError("opts.ostree.parent: there is no opts.ostree.url to look it up at")
        if self.seed is not None and not -_INT64 <= self.seed < _INT64:
            raise RequestError("opts.seed: more than the 64 bits image-builder takes")
        if self.image_size is not None and not _SIZE.match(self.image_size):
            raise RequestError(
                f"opts.image_size: {self.image_size!r} is not a size", repair="Write it as 10 GiB"
            )

    @classmethod
    def read(cls, reader: Reader) -> ImageBuilderOptions:
        """Take image-builder's keys; those that koji-image-builder has are called as there."""
        return cls(
            distro=reader.text("distro"),
            ostree=OSTree.read(reader.struct("ostree")),
            bootc=Bootc.read(reader.struct("bootc")),
            extra_repos=tuple(
                Repo.from_wire(value, where) for where, value in reader.items("extra_repos")
            ),
            seed=reader.number("seed"),
            preview=reader.flag("preview"),
            image_size=reader.text("image_size"),
            registrations=registrations.asked(reader),
        )

    def to_wire(self) -> dict[str, object]:
        return sparse(
            distro=self.distro,
            ostree=self.ostree.to_wire() or None,
            bootc=self.bootc.to_wire() or None,
            extra_repos=[repo.to_wire() for repo in self.extra_repos],
            seed=self.seed,
            preview=self.preview,
            image_size=self.image_size,
            registrations=self.registrations,
        )

"""What an image is made from beside packages: OSTree commits and bootable containers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.container import Container
from koji_imagebuild.model.repo import check_url, expand
from koji_imagebuild.model.wire import sparse

if TYPE_CHECKING:
    from koji_imagebuild.model.wire import Reader

_OSTREE_REF = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9._/$+-]*\Z")
_CONTAINERS = ("ref", "build-ref", "installer-payload-ref")


@dataclass(frozen=True)
class OSTree:
    """An OSTree repository and commits in it; all may carry ``$arch`` and the like.

    :param parent: a ref or a commit that the new commit follows
    """

    url: str | None = None
    ref: str | None = None
    parent: str | None = None

    @classmethod
    def read(cls, reader: Reader) -> OSTree:
        ostree = cls(reader.text("url"), reader.text("ref"), reader.text("parent"))
        reader.finish()
        if ostree.url is not None:
            check_url(ostree.url, f"{reader.where}.url")
        for key, value in (("ref", ostree.ref), ("parent", ostree.parent)):
            if value is not None and (not _OSTREE_REF.match(value) or ".." in value):
                raise RequestError(f"{reader.where}.{key}: {value!r} is not an OSTree ref")
        return ostree

    def to_wire(self) -> dict[str, object]:
        return sparse(url=self.url, ref=self.ref, parent=self.parent)

    def expanded(self, arch: str, releasever: str | None) -> OSTree:
        """Variables replaced in all of them: image-builder does it in none (its issue 165)."""
        given = {key: expand(str(value), arch, releasever) for key, value in self.to_wire().items()}
        return replace(self, **given)


@dataclass(frozen=True)
class Bootc:
    """Bootable containers.

    :param ref: what becomes the image
    :param build_ref: what builds it; ``ref`` by default
    :param installer_payload_ref: what an installer installs
    :param default_fs: root file system where the container names none
    """

    ref: Container | None = None
    build_ref: Container | None = None
    installer_payload_ref: Container | None = None
    default_fs: str | None = None

    @classmethod
    def read(cls, reader: Reader) -> Bootc:
        """Keys are koji-image-builder's, with hyphens."""
        given = {key: reader.text(key) for key in _CONTAINERS}
        default_fs = reader.text("default-fs")
        reader.finish()
        if default_fs is not None:
            names.word(default_fs, f"{reader.where}.default-fs")
        ref, build_ref, payload = (
            None if text is None else Container.read(text, f"{reader.where}.{key}")
            for key, text in given.items()
        )
        return cls(ref, build_ref, payload, default_fs)

    def to_wire(self) -> dict[str, object]:
        texts = (None if reference is None else reference.text for reference in self._references)
        return sparse(**dict(zip(_CONTAINERS, texts)), **{"default-fs": self.default_fs})

    @property
    def _references(self) -> tuple[Container | None, ...]:
        return (self.ref, self.build_ref, self.installer_payload_ref)

    @property
    def containers(self) -> tuple[Container, ...]:
        return tuple(reference for reference in self._references if reference is not None)

    def with_containers(self, containers: tuple[Container, ...]) -> Bootc:
        """The same with others, one for one."""
        left = iter(containers)
        ref, build_ref, payload = (
            None if reference is None else next(left) for reference in self._references
        )
        return Bootc(ref, build_ref, payload, self.default_fs)

"""What an image is made from beside packages: OSTree commits and bootable containers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.repo import check_url, expand
from koji_imagebuild.model.wire import sparse

if TYPE_CHECKING:
    from koji_imagebuild.model.wire import Reader

_OSTREE_REF = re.compile(r"[A-Za-z0-9_$][A-Za-z0-9._/$+-]*\Z")
# HOST[:PORT]/PATH[:TAG][@sha256:DIGEST], as containers/image's reference package reads it.
_CONTAINER = re.compile(
    r"[a-z0-9][a-zA-Z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?\Z"
)


def check_container(reference: str, where: str) -> str:
    """A container image in a registry, such as ``registry.example.org/minimal:44``.

    :raises RequestError: for anything else; transports such as ``docker://`` are the tool's own
    """
    if not _CONTAINER.match(reference):
        raise RequestError(
            f"{where}: {reference!r} is not a container image",
            repair="Write it like registry.example.org/NAME:TAG or NAME@sha256:DIGEST",
        )
    return reference


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

    ref: str | None = None
    build_ref: str | None = None
    installer_payload_ref: str | None = None
    default_fs: str | None = None

    @classmethod
    def read(cls, reader: Reader) -> Bootc:
        """Keys are koji-image-builder's, with hyphens."""
        bootc = cls(
            reader.text("ref"),
            reader.text("build-ref"),
            reader.text("installer-payload-ref"),
            reader.text("default-fs"),
        )
        reader.finish()
        for key, reference in bootc.to_wire().items():
            if key == "default-fs":
                names.word(str(reference), f"{reader.where}.{key}")
            else:
                check_container(str(reference), f"{reader.where}.{key}")
        return bootc

    def to_wire(self) -> dict[str, object]:
        given = {
            "ref": self.ref,
            "build-ref": self.build_ref,
            "installer-payload-ref": self.installer_payload_ref,
            "default-fs": self.default_fs,
        }
        return sparse(**given)

"""Files that come out of a build."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Kind(enum.Enum):
    """What a file is to the build."""

    IMAGE = "image"
    #: Beside an image and imported with it: SBOM, checksums, package lists, descriptions.
    SIDECAR = "sidecar"


@dataclass(frozen=True)
class Output:
    """A file as the tool names it, before anybody looked at it.

    :param path: on the builder, below the build root
    :param name: the name it gets in Koji
    :param image_type: the tool's own word for what it is, such as ``oem`` or ``docker``
    """

    path: Path
    name: str
    kind: Kind
    image_type: str


@dataclass(frozen=True)
class Artifact:
    """An output that was verified: a regular file with a name, a size and a digest.

    :param size: in bytes
    :param sha256: lower-case hex
    """

    path: Path
    name: str
    kind: Kind
    image_type: str
    size: int
    sha256: str

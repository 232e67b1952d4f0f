"""Registrations of an image: a secret that builders keep under a name, and a request names.

The file is image-builder's (its version 79: cmd/image-builder/main.go, registrations, and
pkg/customizations/subscription/subscription.go). No message repeats a value of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.wire import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from koji_imagebuild.model.wire import Reader

#: In bytes.
LARGEST: Final = 64 << 10
_KEY: Final = "registrations"
_SECRET: Final = ("organization", "activation_key")
#: They end in units and settings of the image, which manifests spell out.
_TOLD: Final = (
    *("server_url", "base_url", "proxy", "template_name", "template_uuid", "patch_url"),
    "content_sets",
)
_KINDS: Final[Mapping[str, type]] = {
    **dict.fromkeys((*_SECRET, *_TOLD), str),
    "content_sets": list,
    **dict.fromkeys(("insights", "rhc"), bool),
}
_EXPECTED: Final = {str: "a string", list: "a list of strings", bool: "true or false"}
# A line of an environment file, as it is: without blanks, quotes and backslashes.
_WORD = re.compile(r"[!#-&(-\[\]-~]+\Z")


@dataclass(frozen=True)
class Registrations:
    """What an image registers with at its first boot.

    :param name: what builders keep it under
    """

    name: str
    organization: str = field(repr=False)
    activation_key: str = field(repr=False)

    @property
    def file(self) -> bytes:
        """What image-builder puts into the image (pkg/manifest/subscription.go)."""
        return f"ORG_ID={self.organization}\nACTIVATION_KEY={self.activation_key}".encode()

    @property
    def checksum(self) -> str:
        """As manifests name that file."""
        return f"sha256:{hashlib.sha256(self.file).hexdigest()}"


def asked(reader: Reader) -> str | None:
    """The name in ``opts``.

    :raises RequestError: for anything else, which may be the secret itself
    """
    name = reader.text(_KEY)
    try:
        return None if name is None else names.word(name, _KEY)
    except RequestError:
        raise RequestError(
            f"{reader.where}.{_KEY}: expected the name that builders keep registrations under",
            repair="Requests are public, so what it stands for is kept in a file there",
        ) from None


def place(work: PurePosixPath) -> PurePosixPath:
    """Where the build root has the file, for as long as it is needed.

    :param work: the job's folder in the build root
    """
    return work / "registrations.json"


def read(content: bytes, name: str, where: str) -> Registrations:
    """Check the file.

    :param where: what it is called in messages
    :raises DescriptionError: naming the key that is wrong
    """
    try:
        top = json.loads(content)
    except (ValueError, RecursionError):
        raise DescriptionError(f"{where} is not JSON") from None
    redhat = _only(top, "redhat", where)
    subscription = _only(redhat, "subscription", f"{where}.redhat")
    where = f"{where}.redhat.subscription"
    return _subscription(_struct(subscription, where), name, where)


def _subscription(found: Mapping[str, Any], name: str, where: str) -> Registrations:
    unknown = sorted(set(found) - set(_KINDS))
    if unknown:
        raise DescriptionError(f"{where} has a key that image-builder does not know: {unknown[0]}")
    for key, value in found.items():
        wanted, inner = _KINDS[key], value if isinstance(value, list) else []
        if not isinstance(value, wanted) or not all(isinstance(each, str) for each in inner):
            raise DescriptionError(f"{where}.{key}: expected {_EXPECTED[wanted]}")
    for key in _TOLD:
        if any("@" in text for text in _texts(found.get(key, ""))):
            raise DescriptionError(f"{where}.{key} holds credentials, and manifests are public")
    for key in _SECRET:
        if not _WORD.match(found.get(key, "")):
            raise DescriptionError(f"{where}.{key} is not there, or no word without quotes")
    return Registrations(name, *(found[key] for key in _SECRET))


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _only(value: object, key: str, where: str) -> object:
    """The one member that an object is to have."""
    found = _struct(value, where)
    if set(found) != {key}:
        raise DescriptionError(f"{where} is to have {key} and nothing else")
    return found[key]


def _struct(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DescriptionError(f"{where}: expected an object, got {kind_of(value)}")
    return value

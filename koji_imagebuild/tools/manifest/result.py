"""osbuild's result: one JSON object, with what its stages had to tell of themselves."""

from __future__ import annotations

import json
from typing import Final

from koji_imagebuild.errors import DescriptionError, OutputRefused
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.tools.manifest.struct import Struct

#: In bytes: it repeats the whole output of every stage.
LARGEST: Final = 256 << 20
_RPM: Final = "org.osbuild.rpm"


def packages(text: str, what: str) -> dict[str, tuple[Rpm, ...]]:
    """What was installed, by pipeline; sizes, build times and licences are not told.

    :param what: the image, for messages
    :raises OutputRefused: when osbuild did not say that it succeeded
    """
    try:
        result = Struct(json.loads(text), "result")
        if result.value("success") is not True:
            raise OutputRefused(f"osbuild ended well, but it does not say that {what} was made")
        metadata = result.struct("metadata")
        return {
            name: tuple(
                _package(one)
                for one in metadata.struct(name).struct(_RPM).structs("packages")
                # Keys that packages are checked with look like packages, but have no arch.
                if one.text("arch")
            )
            for name in metadata.keys()  # noqa: SIM118  # no dict
        }
    except (ValueError, RecursionError):
        raise OutputRefused(f"osbuild's result of {what} cannot be read") from None
    except DescriptionError as problem:
        raise OutputRefused(f"osbuild's result of {what} cannot be read: {problem.what}") from None


def _package(one: Struct) -> Rpm:
    return Rpm(
        name=one.text("name"),
        epoch=_epoch(one.value("epoch")),
        version=one.text("version"),
        release=one.text("release"),
        arch=one.text("arch"),
        sigmd5=one.text("sigmd5"),
        size=0,
        buildtime=0,
    )


def _epoch(value: object) -> int | None:
    """A number, or a string of one; none at all in most packages."""
    if value in {None, "", "(none)", "None"}:
        return None
    if isinstance(value, (int, str)):
        return int(value)
    raise DescriptionError(f"{value!r} is not an epoch")

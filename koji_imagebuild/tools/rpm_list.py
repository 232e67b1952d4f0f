"""RPMs as our scripts list them: a line each, in the build root's own rpm's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import OutputRefused
from koji_imagebuild.model.rpms import Rpm

if TYPE_CHECKING:
    from collections.abc import Iterator

#: 100,000 packages, in bytes.
LARGEST: Final = 32 << 20
_FIELDS: Final = 9


def parse(text: str) -> Iterator[Rpm]:
    """NAME EPOCH VERSION RELEASE ARCH SIGMD5 SIZE BUILDTIME LICENSE, tabs in between.

    :raises OutputRefused: for a line that is none
    """
    for line in filter(None, text.split("\n")):
        fields = line.split("\t", _FIELDS - 1)
        if len(fields) != _FIELDS:
            raise OutputRefused(f"The image's RPM database answered {line[:80]!r}")
        name, epoch, version, release, arch, sigmd5, size, buildtime, license_ = fields
        # Keys that packages are checked with look like packages, but have no arch.
        if arch == "(none)":
            continue
        try:
            yield Rpm(
                name=name,
                epoch=None if epoch == "(none)" else int(epoch),
                version=version,
                release=release,
                arch=arch,
                sigmd5="" if sigmd5 == "(none)" else sigmd5,
                size=int(size),
                buildtime=int(buildtime),
                license="" if license_ == "(none)" else license_,
            )
        except ValueError:
            raise OutputRefused(f"The image's RPM database answered {line[:80]!r}") from None

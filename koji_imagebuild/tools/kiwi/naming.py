"""Names of the files of a build.

kiwi's own ``--bundle-format`` fails for every version with exactly one dot (kiwi/system/result.py,
add_bundle_format), so files are bundled under kiwi's own names and renamed by create.sh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.tools.kiwi import image_types
from koji_imagebuild.tools.kiwi.image_types import Made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.model.nvr import NVR
    from koji_imagebuild.tools.kiwi.asked import KiwiOptions
    from koji_imagebuild.tools.kiwi.selection import ImageType, Selection

#: N-V-R.ARCH, as a Koji build names its files.
DEFAULT: Final = "%N-%v-%I.%A"
#: The same where several types end in the same suffix.
TYPED: Final = "%N-%v-%I.%T.%A"
#: What kiwi writes beside every image: its packages, their changes and their verification.
PACKAGE_LISTS: Final = (
    Made("packages", image=False),
    Made("changes", compressed=True, image=False),
    Made("verified", image=False),
)
_PATTERN = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9._+%-]*\Z")


@dataclass(frozen=True)
class Stems:
    """What stands before the suffixes of a type's files.

    :param kiwi: as kiwi bundles them
    :param build: as the build calls them
    """

    kiwi: str
    build: str


@dataclass(frozen=True)
class Naming:
    """What goes into names, apart from the type."""

    nvr: NVR
    machine: str
    profiles: tuple[str, ...]

    @classmethod
    def of(cls, selection: Selection, nvr: NVR) -> Naming:
        return cls(nvr, selection.machine, selection.profiles)

    def expand(self, pattern: str, image: str) -> str:
        """What a pattern makes of a type, in the order kiwi replaces (tasks/result_bundle.py)."""
        major, minor, patch = [*self.nvr.version.split(".", 2), "", ""][:3]
        values = {
            "%N": self.nvr.name,
            "%P": "_".join(self.profiles),
            "%A": self.machine,
            "%T": image,
            "%M": major,
            "%m": minor,
            "%p": patch,
            "%v": self.nvr.version,
            "%I": self.nvr.release,
        }
        for tag, value in values.items():
            pattern = pattern.replace(tag, value)
        return pattern

    def kiwi(self, kind: ImageType) -> str:
        """What kiwi itself puts before a type's suffixes.

        :raises DescriptionError: where kiwi would fail after it has built everything
        """
        pattern = kind.element.get("bundle_format")
        version = self.nvr.version
        if not pattern:
            machine = "ix86" if self.machine in {"i586", "i686"} else self.machine
            behind = f".{machine}-{version}".replace(version, f"{version}-{self.nvr.release}")
            return f"{self.nvr.name}{behind}"
        if not _PATTERN.match(pattern):
            raise DescriptionError(f"{kind.where}: bundle_format {pattern!r} is no file name")
        if version.count(".") == 1:
            raise DescriptionError(
                f"{kind.where}: kiwi cannot use a bundle_format with version {version}",
                repair="Leave bundle_format out, or use a version with two dots or none",
            )
        return self.expand(pattern, kind.image)


def stems(types: tuple[ImageType, ...], options: KiwiOptions, naming: Naming) -> tuple[Stems, ...]:
    """Each type's stems.

    :raises RequestError: when a pattern that was asked for gives two files one name
    """
    asked = options.bundle_format
    plain = [_plain(kind, asked, naming) for kind in types]
    owners: dict[str, ImageType] = {}
    shared: set[str] = set()
    for kind, stem in zip(types, plain):
        for made in image_types.makes(kind, options.type_attrs):
            name = made.name(stem)
            other = owners.setdefault(name, kind)
            if other is not kind:
                shared |= {kind.image, other.image}
                if asked not in {None, DEFAULT}:
                    raise RequestError(
                        f"opts.result_bundle_name_format: {asked} calls both {other.image} and"
                        f" {kind.image} {name}",
                        repair="Put %T, the type, into it",
                    )
    return tuple(
        Stems(naming.kiwi(kind), naming.expand(TYPED, kind.image) if kind.image in shared else stem)
        for kind, stem in zip(types, plain)
    )


def _plain(kind: ImageType, asked: str | None, naming: Naming) -> str:
    return naming.kiwi(kind) if asked is None else naming.expand(asked, kind.image)


def list_names(
    first: ImageType, stem: str, options: KiwiOptions, naming: Naming
) -> Iterator[tuple[str, str]]:
    """kiwi's package lists: as the first type's are called, and as the build calls them.

    All types have the same lists, so the build has them once, without a type in their names.
    """
    plain = _plain(first, options.bundle_format, naming)
    for made in PACKAGE_LISTS:
        yield made.name(stem), made.name(plain)


def expected(types: tuple[ImageType, ...], options: KiwiOptions, naming: Naming) -> Iterator[str]:
    """The name of every file kiwi is going to make, and of the SBOM beside each image."""
    found = stems(types, options, naming)
    for kind, stem in zip(types, found):
        for made in image_types.makes(kind, options.type_attrs):
            name = made.name(stem.build)
            yield from (name, f"{name}.sha256", f"{name}.spdx.json") if made.image else (name,)
    for _, name in list_names(types[0], found[0].build, options, naming):
        yield name


def check_bundle_format(pattern: str | None, arches: tuple[str, ...]) -> None:
    """Refuse a pattern under which files of several arches have one name.

    :raises RequestError: naming it
    """
    if pattern is not None and "%A" not in pattern and len(arches) > 1:
        raise RequestError(
            f"opts.result_bundle_name_format: {pattern} gives the files of {' and '.join(arches)}"
            " the same names",
            repair="Put %A, the arch, into it",
        )

"""Names of kiwi's files as ``kiwi result bundle`` gives them.

The rules are those of kiwi/tasks/result_bundle.py, _get_bundle_file_basename.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import RequestError
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


@dataclass(frozen=True)
class Naming:
    """All that goes into a file's name.

    :param pattern: kiwi's pattern; None is kiwi's own way, ``NAME.ARCH-VERSION-RELEASE``
    """

    nvr: NVR
    machine: str
    profiles: tuple[str, ...]
    pattern: str | None

    def stem(self, image: str) -> str:
        """What a pattern makes of a type, in the order kiwi replaces."""
        pattern, nvr = self.pattern or "", self.nvr
        major, minor, patch = [*nvr.version.split(".", 2), "", ""][:3]
        if "." not in nvr.version:
            major, minor, patch = nvr.version, "", ""
        values = {
            "%N": nvr.name,
            "%P": "_".join(self.profiles),
            "%A": self.machine,
            "%T": image,
            "%M": major,
            "%m": minor,
            "%p": patch,
            "%v": nvr.version,
            "%I": nvr.release,
        }
        for tag, value in values.items():
            pattern = pattern.replace(tag, value)
        return pattern

    def name(self, image: str, made: Made) -> str:
        """A file's name after bundling."""
        tail = ".xz" if made.compressed else ""
        if self.pattern:
            return f"{self.stem(image)}.{_extension(made.suffix)}{tail}"
        machine = "ix86" if self.machine in {"i586", "i686"} else self.machine
        behind = f".{machine}-{self.nvr.version}.{made.suffix}"
        version = f"{self.nvr.version}-{self.nvr.release}"
        return f"{self.nvr.name}{behind.replace(self.nvr.version, version)}{tail}"


def _extension(suffix: str) -> str:
    """How much of a suffix kiwi keeps behind a pattern."""
    parts = suffix.split(".")
    if {"oci", "docker", "vagrant"} & set(parts[:-1]):
        return ".".join(parts[-3:])
    return f"tar.{parts[-1]}" if "tar" in parts[:-1] else parts[-1]


def patterns(
    types: tuple[ImageType, ...], options: KiwiOptions, naming: Naming
) -> tuple[str | None, ...]:
    """Each type's pattern for ``--bundle-format``; None where kiwi's own way is right.

    :raises RequestError: when a pattern that was asked for gives two files one name
    """
    asked = options.bundle_format
    owners: dict[str, ImageType] = {}
    shared: set[str] = set()
    for kind in types:
        own = replace(naming, pattern=own_pattern(kind, asked))
        for made in image_types.makes(kind, options.type_attrs):
            name = own.name(kind.image, made)
            other = owners.setdefault(name, kind)
            if other is not kind:
                shared |= {kind.image, other.image}
                if asked not in {None, DEFAULT}:
                    raise RequestError(
                        f"opts.result_bundle_name_format: {asked} calls both {other.image} and"
                        f" {kind.image} {name}",
                        repair="Put %T, the type, into it",
                    )
    return tuple(TYPED if kind.image in shared else asked for kind in types)


def own_pattern(kind: ImageType, given: str | None) -> str | None:
    """The pattern kiwi goes by: the one given, else that of the type's ``bundle_format``."""
    return given or kind.element.get("bundle_format") or None


def list_names(first: ImageType, pattern: str | None, naming: Naming) -> Iterator[tuple[str, str]]:
    """kiwi's package lists: their names in the first type's bundle, and in the build.

    All types have the same lists, so the build has them once, without a type in their names.
    """
    bundled = replace(naming, pattern=own_pattern(first, pattern))
    wanted = replace(naming, pattern=own_pattern(first, naming.pattern))
    for made in PACKAGE_LISTS:
        yield bundled.name(first.image, made), wanted.name(first.image, made)


def expected(
    selection: Selection, types: tuple[ImageType, ...], options: KiwiOptions, nvr: NVR
) -> Iterator[str]:
    """The name of every file kiwi is going to make, and of the SBOM beside each image."""
    naming = Naming(nvr, selection.machine, selection.profiles, options.bundle_format)
    found = patterns(types, options, naming)
    for kind, pattern in zip(types, found):
        own = replace(naming, pattern=own_pattern(kind, pattern))
        for made in image_types.makes(kind, options.type_attrs):
            name = own.name(kind.image, made)
            yield from (name, f"{name}.sha256", f"{name}.spdx.json") if made.image else (name,)
    for _, name in list_names(types[0], found[0], naming):
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

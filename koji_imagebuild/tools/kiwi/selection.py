"""What of a description applies to one profile on one machine: the rules kiwi selects by."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi.image_types import build_order

if TYPE_CHECKING:
    from collections.abc import Iterable

    from koji_imagebuild.tools.kiwi.includes import Flat, Section
    from koji_imagebuild.tools.kiwi.markup import Element

#: Koji's canonical arches that ``uname -m`` calls otherwise.
_MACHINES: Final = {"i386": "i686", "armhfp": "armv7l"}
#: So many names fit into a message; a distribution has more than a hundred profiles.
_NAMES_SHOWN: Final = 12


def machine(arch: str) -> str:
    """What kiwi calls the machine that Koji calls ``arch``; it asks ``uname -m``."""
    return _MACHINES.get(arch, arch)


@dataclass(frozen=True)
class ImageType:
    """A ``<type>`` that can be built.

    :param image: its name, such as ``oem`` or ``docker``
    :param where: its file and line
    """

    image: str
    element: Element
    where: str


@dataclass(frozen=True)
class Selection:
    """The parts of a description that apply.

    :param machine: as ``uname -m`` says it
    :param profiles: the profile asked for and all it requires, in kiwi's order; without one asked
        for, those that are imported by default
    """

    flat: Flat
    machine: str
    asked: str | None
    profiles: tuple[str, ...]
    preferences: tuple[Section, ...]
    types: tuple[ImageType, ...]

    def sections(self, name: str) -> tuple[Section, ...]:
        """Sections of one name that apply."""
        return tuple(_applying(self.flat, name, self.profiles, self.machine))

    def settings(self, name: str) -> tuple[tuple[Section, Element], ...]:
        """Elements of one name in the preferences; the first is what kiwi goes by."""
        return tuple(
            (section, element)
            for section in self.preferences
            for element in section.element.all(name)
        )

    def setting(self, name: str) -> str:
        """What kiwi goes by, empty when it is not there."""
        return next((element.text.strip() for _, element in self.settings(name)), "")

    @property
    def label(self) -> str:
        """Which part this is, for messages: ``profile Disk on x86_64``."""
        chosen = f"profile {self.asked}" if self.asked else "no profile"
        return f"{chosen} on {self.machine}"

    def build_types(self, asked: tuple[str, ...]) -> tuple[ImageType, ...]:
        """The types to build, in the order they are built.

        Without one asked for it is kiwi's choice: the first primary one, else the first
        (kiwi/xml_state.py, _build_type_section).

        :raises DescriptionError: naming the types there are
        """
        if not self.types:
            raise self._no_types()
        if not asked:
            primary = (kind for kind in self.types if kind.element.flag("primary"))
            return (next(primary, self.types[0]),)
        by_name = {kind.image: kind for kind in self.types}
        for name in asked:
            if name not in by_name:
                there = nearest(name, by_name)
                raise DescriptionError(
                    f'{self.flat.path} has no type "{name}" for {self.label}; it has {there}'
                )
        return tuple(sorted((by_name[name] for name in asked), key=build_order))

    def _no_types(self) -> DescriptionError:
        names = [profile.get("name") for profile in _profiles(self.flat)]
        repair = ""
        if names and not self.asked:
            repair = f"Give a profile; it has {nearest('', names)}"
        return DescriptionError(f"{self.flat.path} has no type for {self.label}", repair=repair)

    @property
    def version(self) -> str:
        """The version kiwi takes (kiwi/xml_state.py, get_image_version).

        :raises DescriptionError: when none applies
        """
        version = self.setting("version")
        if not version:
            raise self.no_version()
        return version

    def no_version(self) -> DescriptionError:
        return DescriptionError(
            f"{self.flat.path} has no <version> for {self.label}",
            repair="Add <version> to a <preferences> section that always applies",
        )


def select(flat: Flat, profile: str | None, arch: str) -> Selection:
    """Apply a profile, or those imported by default, on a Koji arch.

    :raises DescriptionError: for a profile that is not there, here, and for a type set up twice
    """
    uname = machine(arch)
    profiles = _chosen(flat, profile, uname)
    preferences = tuple(_applying(flat, "preferences", profiles, uname))
    types: dict[str, ImageType] = {}
    for section in preferences:
        for element in section.element.all("type"):
            kind = ImageType(element.get("image"), element, section.where(element))
            if kind.image in types:
                # kiwi/runtime_checker.py, check_image_type_unique, says so too, an hour later.
                raise DescriptionError(
                    f"{kind.where}: type {kind.image} is already set up in"
                    f" {types[kind.image].where}, and both apply to profile {profile or '(none)'}",
                    repair="Move one of them into a profile of its own",
                )
            types[kind.image] = kind
    return Selection(flat, uname, profile, profiles, preferences, tuple(types.values()))


def nearest(word: str, names: Iterable[str]) -> str:
    """Names for a message, those first that may have been meant."""
    ordered = sorted(set(names))
    close = difflib.get_close_matches(word, ordered, n=3, cutoff=0.6)
    shown = list(dict.fromkeys((*close, *ordered)))
    more = len(shown) - _NAMES_SHOWN
    tail = f" and {more} more" if more > 0 else ""
    return ", ".join(shown[:_NAMES_SHOWN]) + tail


def _here(element: Element, uname: str) -> bool:
    arches = element.listed("arch")
    return not arches or uname in arches


def _applying(flat: Flat, name: str, profiles: tuple[str, ...], uname: str) -> Iterable[Section]:
    for section in flat.sections:
        if section.element.name == name and _here(section.element, uname):
            bound = section.element.listed("profiles")
            if not bound or not set(bound).isdisjoint(profiles):
                yield section


def _profiles(flat: Flat) -> Iterable[Element]:
    for section in flat.sections:
        if section.element.name == "profiles":
            yield from section.element.all("profile")


def _chosen(flat: Flat, asked: str | None, uname: str) -> tuple[str, ...]:
    """A profile and what it requires, depth first (kiwi/xml_state.py, _used_profiles)."""
    available = {profile.get("name"): profile for profile in _profiles(flat)}
    here = {name: profile for name, profile in available.items() if _here(profile, uname)}
    if asked is None:
        return tuple(name for name, profile in here.items() if profile.flag("import"))
    chosen: list[str] = []
    waiting = [(asked, "")]
    while waiting:
        name, by = waiting.pop()
        if name in chosen:
            continue
        if name not in here:
            raise _unknown(flat, name, by, available, uname)
        chosen.append(name)
        required = [each for each in here[name].all("requires") if _here(each, uname)]
        waiting += [(each.get("profile"), name) for each in reversed(required)]
    return tuple(chosen)


def _unknown(
    flat: Flat, name: str, by: str, available: dict[str, Element], uname: str
) -> DescriptionError:
    required = f", which profile {by} requires" if by else ""
    if name in available:
        arches = available[name].get("arch")
        return DescriptionError(
            f'{flat.path}: profile "{name}"{required} is for {arches}, not for {uname}'
        )
    there = f"it has {nearest(name, available)}" if available else "it has none"
    return DescriptionError(f'{flat.path} has no profile "{name}"{required}; {there}')

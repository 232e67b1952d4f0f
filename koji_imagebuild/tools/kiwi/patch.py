"""The description that is really built: the user's, with the build's name and version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi.markup import attribute_spans

if TYPE_CHECKING:
    from koji_imagebuild.tools.kiwi.includes import Section
    from koji_imagebuild.tools.kiwi.selection import Selection

# kiwi/schema/kiwi.rnc, safe-posix-name; Koji would take a + as well.
_IMAGE_NAME = re.compile(r"[a-zA-Z0-9_.-]+\Z")

#: A place in the flat text and what comes there.
_Patch = tuple[int, int, str]


def effective(selection: Selection, name: str, version: str) -> bytes:
    """The flat description with name and version replaced, all else byte for byte.

    kiwi has no option for either. It names files after the first ``<version>`` that applies, but
    tells scripts the last (kiwi/system/profile.py), so all that apply become the build's.

    :raises DescriptionError: when there is no place for them
    """
    patches = [_named(selection, name), *_versioned(selection, version), *_kept(selection)]
    text = selection.flat.text
    for start, end, new in sorted(patches, reverse=True):
        text = text[:start] + new.encode() + text[end:]
    # The first line says an encoding, and the text was read into UTF-8.
    encoding = selection.flat.encoding
    return text.decode().encode(encoding, errors="xmlcharrefreplace")


def repositories_for_image(selection: Selection) -> tuple[Section, ...]:
    """Repositories of the description that the image itself keeps."""
    return tuple(
        section
        for section in selection.sections("repository")
        if section.element.flag("imageinclude") or section.element.flag("imageonly")
    )


def _named(selection: Selection, name: str) -> _Patch:
    flat = selection.flat
    if not _IMAGE_NAME.match(name):
        raise DescriptionError(
            f"kiwi does not take {name!r} for an image's name: letters, digits, . _ -"
        )
    spans = attribute_spans(flat.text, flat.image, "name")
    if spans is None:
        raise DescriptionError(f"{flat.path} line {flat.image.line}: <image> has no name")
    return (*spans[1], name)


def _versioned(selection: Selection, version: str) -> list[_Patch]:
    patches: list[_Patch] = []
    places = selection.settings("version")
    if not places:
        raise selection.no_version()
    for section, element in places:
        start, end = element.inner
        new = version
        if end == element.end:
            start, new = element.start, f"<version>{version}</version>"
        patches.append((start + section.shift, end + section.shift, new))
    return patches


def _kept(selection: Selection) -> list[_Patch]:
    """Let repositories stay in the image that are not built from.

    ``--ignore-repos-used-for-build`` drops those with ``imageinclude``, because that says both
    (kiwi/xml_state.py, get_repository_sections_used_for_build).
    """
    patches: list[_Patch] = []
    for section in repositories_for_image(selection):
        if not section.element.flag("imageonly"):
            spans = attribute_spans(
                selection.flat.text, section.element, "imageinclude", section.shift
            )
            if spans is not None:
                patches.append((*spans[0], "imageonly"))
    return patches

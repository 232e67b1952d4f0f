"""XML of strangers, read with the place of every element, so that it can be changed in place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: In bytes. The largest description known, Fedora's with all its includes, has 0.3 MiB.
MAX_SIZE: Final = 4 * 1024 * 1024

_DECLARED = re.compile(rb"<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ENCODINGS = re.compile(r"(utf-?8|us-ascii|ascii|iso-8859-\d{1,2})\Z", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"\s+([^\s=/>]+)(\s*=\s*)(\"[^\"]*\"|'[^']*')")


@dataclass(frozen=True)
class Element:
    """One element; offsets are bytes of the text it was read from, as UTF-8.

    :param inner: first and last offset of what stands between its tags
    :param text: character data directly inside, comments and children left out
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    start: int
    end: int
    inner: tuple[int, int]
    text: str
    children: tuple[Element, ...]

    def get(self, attribute: str) -> str:
        """An attribute's value, empty when it is not there."""
        return self.attributes.get(attribute, "")

    def flag(self, attribute: str) -> bool:
        """Whether an attribute says true, as ``xsd:boolean`` writes it."""
        return self.get(attribute) in {"true", "1"}

    def listed(self, attribute: str) -> tuple[str, ...]:
        """The members of an attribute that is a list with commas."""
        return tuple(filter(None, self.get(attribute).split(",")))

    def all(self, name: str) -> tuple[Element, ...]:
        return tuple(child for child in self.children if child.name == name)


@dataclass
class _Open:
    """An element whose end has not been seen."""

    name: str
    attributes: dict[str, str]
    line: int
    start: int
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


class _Builder:
    """Collects expat's events; expat itself reads the bytes and nothing else.

    No entity is ever expanded and nothing outside is ever fetched, because a document type, the
    only place where entities can be declared, ends the parsing.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self.data = data
        self.where = where
        self.open: list[_Open] = []
        self.root: Element | None = None
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.finish
        self.parser.CharacterDataHandler = self.characters

    def refuse(self, *_declaration: object) -> None:
        raise DescriptionError(
            f"{self.where} line {self.parser.CurrentLineNumber}: a DOCTYPE is not accepted,"
            " because entities can be declared in it",
            repair="Remove the DOCTYPE and write out what its entities stand for",
        )

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        parser = self.parser
        self.open.append(_Open(name, attributes, parser.CurrentLineNumber, parser.CurrentByteIndex))

    def characters(self, text: str) -> None:
        self.open[-1].texts.append(text)

    def finish(self, _name: str) -> None:
        last = self.open.pop()
        begun = _tag_end(self.data, last.start + 1 + len(last.name.encode()))
        if self.data[begun - 2 : begun] == b"/>":
            inner, end = (begun, begun), begun
        else:
            at = self.parser.CurrentByteIndex
            inner, end = (begun, at), self.data.index(b">", at) + 1
        element = Element(
            name=last.name,
            attributes=last.attributes,
            line=last.line,
            start=last.start,
            end=end,
            inner=inner,
            text="".join(last.texts),
            children=tuple(last.children),
        )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element


def _tag_end(data: bytes, position: int) -> int:
    """The offset behind a start tag, from behind its name; it is known to be well-formed."""
    while found := _ATTRIBUTE.match(data, position):
        position = found.end()
    return data.index(b">", position) + 1


def decode(data: bytes, where: str) -> tuple[bytes, str]:
    """A document as UTF-8, and the encoding it was in.

    :raises DescriptionError: for an encoding other than those of one byte and UTF-8
    """
    declared = _DECLARED.match(data)
    encoding = declared.group(1).decode() if declared else "utf-8"
    if not _ENCODINGS.match(encoding):
        raise DescriptionError(f"{where} is encoded in {encoding}", repair="Convert it to UTF-8")
    try:
        text = data.decode("utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding)
    except (UnicodeDecodeError, LookupError) as problem:
        raise DescriptionError(f"{where} is not in {encoding}: {problem}") from None
    return text.encode("utf-8"), encoding


def parse(data: bytes, where: str) -> Element:
    """Read a document that :func:`decode` gave.

    :raises DescriptionError: naming file, line and column
    """
    builder = _Builder(data, where)
    try:
        builder.parser.Parse(data, True)  # noqa: FBT003  # the one call expat has
    except expat.ExpatError as problem:
        raise DescriptionError(
            f"{where} line {problem.lineno}, column {problem.offset + 1}:"
            f" {expat.ErrorString(problem.code)}"
        ) from None
    if builder.root is None:
        raise DescriptionError(f"{where} is empty")
    return builder.root


def attribute_spans(
    data: bytes, element: Element, attribute: str, shift: int = 0
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Where an attribute's name and its value, inside the quotes, stand in a text.

    :param shift: from the element's offsets to those in ``data``
    """
    position = element.start + shift + 1 + len(element.name.encode())
    while found := _ATTRIBUTE.match(data, position):
        if found.group(1) == attribute.encode():
            return found.span(1), (found.start(3) + 1, found.end(3) - 1)
        position = found.end()
    return None

"""A description with all its includes, as one text whose every part knows where it came from."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import DescriptionError
from koji_imagebuild.tools.kiwi import markup

if TYPE_CHECKING:
    from koji_imagebuild.tools.kiwi.markup import Element
    from koji_imagebuild.tools.tree import Tree

_SCHEME: Final = "this://"
#: Includes of includes multiply, so their number and their sum are limited, not only their depth.
_MAX_INCLUDES: Final = 2000


@dataclass(frozen=True)
class Section:
    """A child of ``<image>``.

    :param path: the file it stands in
    :param shift: what to add to its offsets in that file to get those in the flat text
    """

    element: Element
    path: str
    shift: int

    def where(self, element: Element | None = None) -> str:
        """Its place, or that of an element inside it, as people look it up."""
        return f"{self.path} line {(element or self.element).line}"


@dataclass(frozen=True)
class Flat:
    """A description without includes.

    :param path: of the file the includes started from, relative to the tree
    :param text: UTF-8; byte for byte that of the files, apart from the includes
    :param encoding: what the file was in, and what its first line may say it is in
    :param image: the root element; offsets of its start tag are those of ``text``
    :param missing: a sentence for every included file that is not there
    """

    path: str
    text: bytes
    encoding: str
    image: Element
    sections: tuple[Section, ...]
    missing: tuple[str, ...] = ()

    def complete(self) -> Flat:
        """The description, if every included file is there.

        :raises DescriptionError: naming the first that is not
        """
        if self.missing:
            raise DescriptionError(self.missing[0])
        return self


@dataclass(frozen=True)
class _Document:
    path: str
    data: bytes
    encoding: str
    image: Element


class _Flattener:
    def __init__(self, tree: Tree, folder: str) -> None:
        self.tree = tree
        self.folder = folder
        self.read: dict[str, _Document] = {}
        self.pieces: list[bytes] = []
        self.size = 0
        self.includes = 0
        self.sections: list[Section] = []
        self.missing: list[str] = []

    def document(self, path: str) -> _Document:
        if path not in self.read:
            data, encoding = markup.decode(self.tree.read(path, markup.MAX_SIZE), path)
            image = markup.parse(data, path)
            if image.name != "image":
                raise DescriptionError(
                    f"{path} line {image.line}: a KIWI description is an <image>,"
                    f" this is a <{image.name}>"
                )
            self.read[path] = _Document(path, data, encoding, image)
        return self.read[path]

    def put(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size > markup.MAX_SIZE:
            raise DescriptionError(f"{self.folder or '.'}: the includes are too large together")

    def splice(self, document: _Document, span: tuple[int, int], chain: tuple[str, ...]) -> None:
        """Append a part of a document, every include in it replaced."""
        position, end = span
        for child in document.image.children:
            if child.name == "include":
                self.put(document.data[position : child.start])
                self.include(child, (*chain, document.path))
                position = child.end
            else:
                self.sections.append(Section(child, document.path, self.size - position))
        self.put(document.data[position:end])

    def include(self, element: Element, chain: tuple[str, ...]) -> None:
        where = f"{chain[-1]} line {element.line}"
        path = self.resolve(element.get("from"), where)
        if path in chain:
            loop = " -> ".join((*chain[chain.index(path) :], path))
            raise DescriptionError(f"{where}: an include that includes itself: {loop}")
        self.includes += 1
        if self.includes > _MAX_INCLUDES:
            raise DescriptionError(f"{where}: more than {_MAX_INCLUDES} includes")
        if not (self.tree.top / path).exists():
            self.missing.append(f"{where}: include: {path} does not exist in {self.tree.label}")
            return
        try:
            document = self.document(path)
        except DescriptionError as problem:
            if problem.what.startswith(f"{path} line "):
                raise
            raise DescriptionError(
                f"{where}: include: {problem.what}", repair=problem.repair
            ) from None
        self.splice(document, document.image.inner, chain)

    def resolve(self, source: str, where: str) -> str:
        """The included file, relative to the tree.

        kiwi resolves against the folder of the description itself, in included files too
        (kiwi/markup/base.py, FileResolver).
        """
        if not source.startswith(_SCHEME):
            raise DescriptionError(
                f"{where}: include from {source!r}: only this:// is followed",
                repair="Write this://FILE, relative to the description's folder",
            )
        relative = source[len(_SCHEME) :]
        if not relative or relative.startswith("/"):
            raise DescriptionError(
                f"{where}: include from {source!r}: not relative to the description's folder"
            )
        path = posixpath.normpath(posixpath.join(self.folder, relative))
        if path.startswith("../") or path == "..":
            label = self.tree.label
            raise DescriptionError(f"{where}: include from {source!r} leads out of {label}")
        return path


def flatten(tree: Tree, path: str) -> Flat:
    """Read a description and replace its includes, at any depth.

    kiwi itself stops at the second level (kiwi/runtime_checker.py,
    check_include_references_unresolvable). An included file that is not there is taken for an
    empty one and told in the result, because ``make prep`` may be about to write it.

    :raises DescriptionError: with file and line
    """
    flattener = _Flattener(tree, posixpath.dirname(path))
    root = flattener.document(path)
    _check_schema(root)
    flattener.splice(root, (0, len(root.data)), ())
    return Flat(
        path=path,
        text=b"".join(flattener.pieces),
        encoding=root.encoding,
        image=root.image,
        sections=tuple(flattener.sections),
        missing=tuple(flattener.missing),
    )


def _check_schema(document: _Document) -> None:
    """Refuse what kiwi 10 and 11 do not convert any more (kiwi/xsl/convert74to75.xsl)."""
    given = document.image.get("schemaversion")
    try:
        old = not float(given) >= 7.4  # noqa: PLR2004  # NaN is old
    except ValueError:
        old = True
    if old:
        raise DescriptionError(
            f"{document.path} line {document.image.line}: schemaversion is {given or 'missing'},"
            " kiwi reads 7.4 and newer",
            repair="See https://osinside.github.io/kiwi for the way to a newer schema",
        )

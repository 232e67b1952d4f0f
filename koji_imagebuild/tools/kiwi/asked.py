"""What can be asked of kiwi: where the description is, and every option."""

from __future__ import annotations

import re
from dataclasses import dataclass

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import Reader, sparse

# kiwi evaluates `set_KEY("VALUE")` as Python (kiwi/tasks/system_prepare.py), so nothing that could
# end the string may pass. A printable alphabet keeps kernelcmdline=console=ttyS0 possible.
_TYPE_ATTR = re.compile(r"[a-z_]+=[^\"\\]+\Z")
_BUNDLE_FORMAT = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9._+%-]*\Z")


@dataclass(frozen=True)
class KiwiSource:
    """Where a description is.

    :param path: the ``.kiwi`` file, or a folder with exactly one, relative to the source's top
    """

    location: Location
    path: str

    def __post_init__(self) -> None:
        if not self.location.text:
            raise RequestError("source: exactly one of url and upload is needed")
        names.relative_path(self.path, "source.path")

    @classmethod
    def read(cls, reader: Reader) -> KiwiSource:
        location = Location(
            url=reader.text("url") or "",
            upload=reader.text("upload") or "",
            sha256=reader.text("sha256") or "",
        )
        source = cls(location, reader.required("path"))
        reader.finish()
        return source

    def to_wire(self) -> dict[str, object]:
        return {"path": self.path, **self.location.to_wire()}


@dataclass(frozen=True)
class KiwiOptions:
    """kiwi's part of ``opts``.

    :param types: several share one ``system prepare`` where that changes nothing
    :param type_attrs: ``KEY=VALUE`` each
    :param bundle_format: kiwi's own pattern for file names, such as ``%N-%v-%I.%A``
    :param version: replaces the description's
    :param releasever: dnf's ``$releasever``; the description's by default
    """

    profile: str | None = None
    types: tuple[str, ...] = ()
    type_attrs: tuple[str, ...] = ()
    bundle_format: str | None = None
    version: str | None = None
    releasever: str | None = None
    make_prep: bool = False

    def __post_init__(self) -> None:
        if self.profile is not None:
            names.word(self.profile, "opts.profile")
        for kind in self.types:
            names.word(kind, "opts.type")
        if len(set(self.types)) != len(self.types):
            raise RequestError("opts.type: a type is named twice")
        for attribute in self.type_attrs:
            if not _TYPE_ATTR.match(attribute) or not attribute.isprintable():
                raise RequestError(
                    f"opts.type_attr: {attribute!r} is not key=value",
                    repair="key: small letters and _; value: printable, without quote or backslash",
                )
        if self.bundle_format is not None and not _BUNDLE_FORMAT.match(self.bundle_format):
            raise RequestError(
                f"opts.result_bundle_name_format: {self.bundle_format!r} is not a file name pattern"
            )
        if self.version is not None:
            names.version(self.version, "opts.version")
        if self.releasever is not None:
            names.version(self.releasever, "opts.repo_releasever")

    @classmethod
    def read(cls, reader: Reader) -> KiwiOptions:
        """Take kiwi's keys out of ``opts``; they are those of Koji's own kiwi plugin."""
        reader.ignore("mount_dev")  # only arch tasks have it
        return cls(
            profile=reader.text("profile"),
            types=reader.text_or_texts("type"),
            type_attrs=reader.texts("type_attr"),
            bundle_format=reader.text("result_bundle_name_format"),
            version=reader.text("version"),
            releasever=reader.text("repo_releasever"),
            make_prep=reader.flag("make_prep") or False,
        )

    def to_wire(self) -> dict[str, object]:
        several = len(self.types) > 1
        return sparse(
            profile=self.profile,
            # A list makes a builder fail that knows one type only, instead of building another.
            type=list(self.types) if several else (self.types[0] if self.types else None),
            type_attr=list(self.type_attrs),
            result_bundle_name_format=self.bundle_format,
            version=self.version,
            repo_releasever=self.releasever,
            make_prep=self.make_prep or None,
        )

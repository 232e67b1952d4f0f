"""The Tool protocol for kiwi."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource

if TYPE_CHECKING:
    from koji_imagebuild.model.source import Location
    from koji_imagebuild.model.wire import Reader


@dataclass(frozen=True)
class Kiwi:
    """kiwi, bound to a description and its options."""

    source: KiwiSource
    options: KiwiOptions

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> Kiwi:
        return cls(KiwiSource.read(source), KiwiOptions.read(opts))

    name = "kiwi"
    install_group = "kiwi-build"
    version_argv = ("kiwi-ng", "--version")

    @property
    def location(self) -> Location:
        return self.source.location

    def pinned(self, location: Location) -> Kiwi:
        return replace(self, source=replace(self.source, location=location))

    def source_to_wire(self) -> dict[str, object]:
        return self.source.to_wire()

    def options_to_wire(self) -> dict[str, object]:
        return self.options.to_wire()

"""The Tool protocol for kiwi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource

if TYPE_CHECKING:
    from koji_imagebuild.model.wire import Reader


@dataclass(frozen=True)
class Kiwi:
    """kiwi, bound to a description and its options."""

    source: KiwiSource
    options: KiwiOptions

    @classmethod
    def read(cls, source: Reader, opts: Reader) -> Kiwi:
        return cls(KiwiSource.read(source), KiwiOptions.read(opts))

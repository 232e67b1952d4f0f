"""``opts.rebuild``: which task's image is built again, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.wire import sparse

if TYPE_CHECKING:
    from koji_imagebuild.model.wire import Reader


@dataclass(frozen=True)
class Rebuild:
    """What ``imageRebuildLocal`` was asked for.

    :param task: the origin: the parent task of an earlier build
    :param arches: built again although they succeeded; of a scratch build, all that is built
    :param everything: no arch is reused
    :param fresh_repo: packages come from the build tag's repository as it is now
    """

    task: int
    arches: tuple[str, ...] = ()
    everything: bool = False
    fresh_repo: bool = False

    @classmethod
    def read(cls, reader: Reader) -> Rebuild:
        """:raises RequestError: naming the key that is wrong"""
        task = reader.number("task")
        if task is None:
            raise RequestError(f"{reader.where}.task is missing")
        rebuild = cls(
            task=task,
            arches=tuple(
                names.arch(arch, f"{reader.where}.arches") for arch in reader.texts("arches")
            ),
            everything=reader.flag("all") or False,
            fresh_repo=reader.flag("fresh_repo") or False,
        )
        reader.finish()
        return rebuild

    def to_wire(self) -> dict[str, object]:
        return sparse(
            task=self.task,
            arches=list(self.arches),
            all=self.everything or None,
            fresh_repo=self.fresh_repo or None,
        )

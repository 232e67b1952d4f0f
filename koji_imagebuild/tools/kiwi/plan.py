"""What a job became in its build root: everything its argument lists are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from koji_imagebuild.model.artifact import Output
    from koji_imagebuild.tools.base import Download, Needs
    from koji_imagebuild.tools.kiwi.naming import Stems


@dataclass(frozen=True)
class Run:
    """One type to build.

    :param stems: how its files are called
    :param own_root: whether its root is prepared for it alone
    """

    image: str
    stems: Stems
    own_root: bool


@dataclass(frozen=True)
class KiwiPlan:
    """What :meth:`Kiwi.prepare` laid out.

    :param work: the folder in the job's that all of this happens in
    :param description: the description's folder in the build root
    :param kiwi_file: name of the effective description in it
    :param keeps_repositories: whether the image keeps repositories of its description
    :param releasever: dnf's ``$releasever`` in addresses of repositories; None is unknown
    :param list_names: kiwi's package lists as the first type calls them, and as the build does
    """

    work: PurePosixPath
    description: PurePosixPath
    kiwi_file: str
    keeps_repositories: bool
    releasever: str | None
    runs: tuple[Run, ...]
    needs: Needs
    list_names: tuple[tuple[str, str], ...]
    records: tuple[Output, ...]
    notes: tuple[str, ...]

    @property
    def details(self) -> Mapping[str, object]:
        """The effective description tells it all."""
        return {}

    @property
    def downloads(self) -> tuple[Download, ...]:
        """Packages come from repositories that are there: which ones is decided while it builds."""
        return ()

    @property
    def config(self) -> PurePosixPath:
        return self.work / "kiwi.yml"

    @property
    def shared_root(self) -> PurePosixPath:
        """The root that types without one of their own are made from."""
        return self.work / "prepared"

    def folder(self, run: Run) -> PurePosixPath:
        """Where a type is built."""
        return self.work / run.image

    def root(self, run: Run) -> PurePosixPath:
        """The image's root, while a type is built."""
        return self.folder(run) / "root"

    def result(self, run: Run) -> PurePosixPath:
        return self.folder(run) / "result"

    def bundle(self, run: Run) -> PurePosixPath:
        return self.folder(run) / "bundle"

    def rpms(self, run: Run) -> PurePosixPath:
        """The RPMs of a type's root, a line each, as create.sh prints them."""
        return self.folder(run) / "rpms.tsv"

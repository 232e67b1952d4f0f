"""What differs between the versions of kiwi that are supported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from koji_imagebuild.model.repo import Repo

_OLDEST: Final = 10
_NEWEST: Final = 11
#: From here on the runtime configuration is made of mappings, before of lists.
_MAPPINGS: Final = (11, 0, 0)
#: From here on --add-repo takes metalink and mirrorlist.
_SOURCE_TYPES: Final = (10, 2, 16)
_SETS_XZ = re.compile(r"^xz:", re.MULTILINE)


@dataclass(frozen=True)
class KiwiVersion:
    """kiwi's version in the build root."""

    number: tuple[int, ...]

    @classmethod
    def read(cls, printed: str) -> KiwiVersion:
        """From ``KIWI (next generation) version 11.1.6``.

        :raises PreflightError: for a version that nobody has tried
        """
        found = re.search(r"\d+(\.\d+)+", printed)
        number = tuple(int(part) for part in found.group().split(".")) if found else (0,)
        if not _OLDEST <= number[0] <= _NEWEST:
            raise PreflightError(
                f"The build root has {printed.strip() or 'no kiwi'};"
                f" kiwi {_OLDEST} to {_NEWEST} are supported",
                repair="Put one of them into the group kiwi-build of the build tag",
            )
        return cls(number)

    def check_repositories(self, repos: Iterable[Repo]) -> None:
        """Refuse what this version cannot be told about repositories.

        :raises PreflightError: naming the repository
        """
        for repo in repos:
            if repo.kind != "baseurl" and self.number < _SOURCE_TYPES:
                raise PreflightError(
                    f"{repo.url} is a {repo.kind}, and the kiwi in the build root takes only"
                    " base addresses",
                    repair="Put kiwi 10.2.16 or newer into the group kiwi-build of the build tag",
                )

    def runtime_config(self, site: str) -> str:
        """The text for ``--config``: xz with all processors, unless the site sets xz itself.

        :param site: the build root's /etc/kiwi.yml. kiwi 11 reads it besides ours, kiwi 10 reads
            one file only (kiwi/runtime_config.py), so that ours has to hold both.
        """
        if self.number >= _MAPPINGS:
            return "" if _SETS_XZ.search(site) else 'xz:\n  options: "--threads=0"\n'
        if _SETS_XZ.search(site):
            return site
        between = "" if not site or site.endswith("\n") else "\n"
        return f'{site}{between}xz:\n  - options: "--threads=0"\n'

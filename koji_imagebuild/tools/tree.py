"""A folder that nothing leaves: checkouts and build roots are full of other people's symlinks."""

from __future__ import annotations

import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError

if TYPE_CHECKING:
    from pathlib import Path


class Tree:
    """A folder whose files are reached by relative paths only, symlinks followed inside it only.

    :param label: what the folder is called in messages, such as "the checkout"
    """

    def __init__(self, top: Path, label: str) -> None:
        self.top = top.resolve(strict=True)
        self.label = label

    def file(self, relative: str) -> Path:
        """The real path of a regular file.

        :raises DescriptionError: when there is none, or it lies outside
        """
        path = self.path(relative)
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DescriptionError(f"{relative} in {self.label} is not a regular file")
        return path

    def read(self, relative: str, limit: int) -> bytes:
        """The content of a regular file.

        :param limit: bytes; a stranger's file may be larger than memory
        :raises DescriptionError: as :meth:`file`, and when it is longer
        """
        with self.file(relative).open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise DescriptionError(f"{relative} in {self.label} has more than {limit} bytes")
        return content

    def path(self, relative: str) -> Path:
        """The real path of anything that exists.

        :raises DescriptionError: when there is nothing, or it lies outside
        """
        if PurePosixPath(relative).is_absolute():
            raise DescriptionError(f"{relative} is absolute, it must lie inside {self.label}")
        try:
            real = (self.top / relative).resolve(strict=True)
        except FileNotFoundError:
            raise DescriptionError(f"{relative} does not exist in {self.label}") from None
        except (OSError, RuntimeError, ValueError) as problem:
            raise DescriptionError(f"{relative} in {self.label}: {problem}") from None
        if real != self.top and self.top not in real.parents:
            raise DescriptionError(f"{relative} leads out of {self.label}")
        return real

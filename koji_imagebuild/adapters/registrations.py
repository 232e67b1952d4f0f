"""Registrations that requests can name: files of this builder that only root reads."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.errors import DescriptionError, PreflightError
from koji_imagebuild.tools import registrations

if TYPE_CHECKING:
    from koji_imagebuild.adapters.configuration import BuilderConfiguration


class RegistrationFiles:
    """A folder with a file ``NAME.json`` for each."""

    def __init__(self, settings: BuilderConfiguration) -> None:
        self._folder = Path(settings.registrations)

    def read(self, name: str) -> bytes:
        path = self._folder / f"{name}.json"
        where = f"{path} on {socket.gethostname()}"
        try:
            content = _content(path, where)
            registrations.read(content, name, where)
        except FileNotFoundError:
            raise PreflightError(
                f"There are no registrations called {name} on {socket.gethostname()}:"
                f" {path} does not exist",
                repair="Its admin puts them there, on every builder of the channel",
            ) from None
        except OSError as problem:
            why = "it is a symlink" if problem.errno == errno.ELOOP else problem.strerror
            raise PreflightError(f"{where} cannot be read: {why}") from None
        except DescriptionError as problem:
            raise PreflightError(problem.what) from None
        return content


def _content(path: Path, where: str) -> bytes:
    # Not to wait for whom a pipe would be opened by.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise PreflightError(f"{where} is not a regular file")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PreflightError(
                f"{where} is open to others than its owner", repair=f"chmod 600 {path}"
            )
        content = stream.read(registrations.LARGEST + 1)
    if len(content) > registrations.LARGEST:
        raise PreflightError(f"{where} has more than {registrations.LARGEST >> 10} KiB")
    return content

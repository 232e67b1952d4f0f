"""The koji profiles of a sandbox: one file in ~/.koji/config.d, and only if it is ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.errors import Misconfigured
from koji_imagebuild.sandbox.installation import plugin_folder
from koji_imagebuild.sandbox.state import DEFAULT_PROFILE, State

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.state import Endpoints

_MARKER = "# Written by koji-sandbox; its reset removes this file, changes are lost."

_SECTION = """
[{name}]
server = {endpoints.server}
weburl = {endpoints.weburl}
topurl = {endpoints.topurl}
topdir = {state.topdir}
authtype = ssl
cert = {state.certs}/{user}.pem
serverca = {state.certs}/ca.pem
plugin_paths = {plugins}
poll_interval = 1
retry_interval = 2
max_retries = 15
"""


def name(state: State) -> str:
    """Name the profile: ``sandbox``, or ``sandbox-NAME`` after another folder's name.

    :raises Misconfigured: when the folder's name cannot be in a profile's
    """
    if state.folder == State.default().folder:
        return DEFAULT_PROFILE
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", state.folder.name):
        raise Misconfigured(
            f"{state.folder} cannot give its name to a koji profile",
            repair="Use letters, digits and . _ - in the folder's name",
        )
    return f"{DEFAULT_PROFILE}-{state.folder.name}"


@dataclass(frozen=True)
class ProfileFile:
    """A file in koji's configuration folder."""

    path: Path

    @classmethod
    def of(cls, profile: str) -> ProfileFile:
        return cls(Path.home() / ".koji" / "config.d" / f"koji-{profile}.conf")

    def write(self, state: State, endpoints: Endpoints) -> None:
        """:raises Misconfigured: when somebody else's file is there"""
        self._refuse_foreign()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text(state, endpoints))

    def remove(self) -> None:
        """:raises Misconfigured: when somebody else's file is there"""
        self._refuse_foreign()
        self.path.unlink(missing_ok=True)

    def _refuse_foreign(self) -> None:
        if self.path.exists() and not self.path.read_text().startswith(_MARKER):
            raise Misconfigured(
                f"{self.path} is not the sandbox's file, so it stays as it is",
                repair="Move it away and try again",
            )


def text(state: State, endpoints: Endpoints) -> str:
    """Write the profiles: a release engineer's, and an administrator's with -admin in its name."""
    plugins = plugin_folder("cli_plugin")
    profile = endpoints.profile
    sections = (
        _SECTION.format(name=who, user=user, state=state, endpoints=endpoints, plugins=plugins)
        for who, user in ((profile, "releng"), (f"{profile}-admin", "admin"))
    )
    return _MARKER + "\n" + "".join(sections)

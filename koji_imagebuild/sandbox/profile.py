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

_MARKER = "# Written by koji-sandbox for {folder}; its reset removes this file."

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
    """A sandbox's file in koji's configuration folder."""

    state: State
    endpoints: Endpoints

    @property
    def path(self) -> Path:
        return Path.home() / ".koji" / "config.d" / f"koji-{self.endpoints.profile}.conf"

    def write(self) -> None:
        """:raises Misconfigured: when somebody else's file is there"""
        owner = self._owner()
        # A sandbox whose folder somebody removed by hand needs its profile no more.
        if owner != str(self.state.folder) and (owner is None or Path(owner).exists()):
            raise Misconfigured(
                f"{self.path} belongs to {owner or 'somebody else'}, so it stays as it is",
                repair="Move it away, or give the sandbox a folder with another name",
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text(self.state, self.endpoints))

    def remove(self) -> None:
        """Remove it if it is ours."""
        if self._owner() == str(self.state.folder):
            self.path.unlink(missing_ok=True)

    def _owner(self) -> str | None:
        """Name the folder of the sandbox that wrote the file; ours if there is no file."""
        if not self.path.exists():
            return str(self.state.folder)
        before, after = _MARKER.split("{folder}")
        first, _, _ = self.path.read_text().partition("\n")
        if first.startswith(before) and first.endswith(after):
            return first[len(before) : -len(after)]
        return None


def text(state: State, endpoints: Endpoints) -> str:
    """Write the profiles: a release engineer's, an administrator's, and one without permissions."""
    plugins = plugin_folder("cli_plugin")
    profile = endpoints.profile
    sections = (
        _SECTION.format(name=who, user=user, state=state, endpoints=endpoints, plugins=plugins)
        for who, user in (
            (profile, "releng"),
            (f"{profile}-admin", "admin"),
            (f"{profile}-nobody", "nobody"),
        )
    )
    return _MARKER.format(folder=state.folder) + "\n" + "".join(sections)

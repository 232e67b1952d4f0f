"""Where a sandbox keeps everything: one folder, and what lies in it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

DEFAULT_PROFILE = "sandbox"


@dataclass(frozen=True)
class Endpoints:
    """The two listeners of a sandbox; both on 127.0.0.1.

    The hub speaks https with client certificates. Koji's own downloads ignore the profile's CA
    (``koji.downloadFile``), so /kojifiles and /scm are plain http and read-only.
    """

    profile: str
    hub_port: int
    files_port: int

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self.hub_port}/kojihub"

    @property
    def weburl(self) -> str:
        return f"https://127.0.0.1:{self.hub_port}/koji"

    @property
    def files(self) -> str:
        return f"http://127.0.0.1:{self.files_port}"

    @property
    def topurl(self) -> str:
        return f"{self.files}/kojifiles"

    @property
    def scm(self) -> str:
        """Base of the git repositories: ``git+{scm}/NAME#main`` is a Koji SCM URL."""
        return f"{self.files}/scm"


@dataclass(frozen=True)
class State:
    """The folder of one sandbox. Nothing of a sandbox lies outside it but its koji profile."""

    folder: Path

    @classmethod
    def default(cls) -> State:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return cls(Path(base) / "koji-sandbox")

    @property
    def database(self) -> Path:
        return self.folder / "hub.db"

    @property
    def topdir(self) -> Path:
        """KojiDir, laid out by ``koji.PathInfo`` and served as /kojifiles."""
        return self.folder / "koji"

    @property
    def scm(self) -> Path:
        """Bare git repositories, served read-only as /scm."""
        return self.folder / "scm"

    @property
    def certs(self) -> Path:
        """ca.pem, server.pem and one USER.pem (certificate and key) a user; mode 0700."""
        return self.folder / "certs"

    @property
    def builder_work(self) -> Path:
        """kojid's ``workdir``: one folder a task."""
        return self.folder / "builder" / "work"

    @property
    def builder_roots(self) -> Path:
        """kojid's ``mockdir``: one folder a build root, NAME/root and NAME/result."""
        return self.folder / "builder" / "roots"

    @property
    def builder_cache(self) -> Path:
        """What build roots share: dnf's downloads and ready roots to copy from."""
        return self.folder / "builder" / "cache"

    @property
    def mailbox(self) -> Path:
        """Mails about builds, one file each."""
        return self.folder / "mail"

    @property
    def logs(self) -> Path:
        """hub.log and builder.log."""
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """Process ids of what is running."""
        return self.folder / "run"

    @property
    def hub_plugin_conf(self) -> Path:
        """The hub plugin's configuration; there need not be one."""
        return self.folder / "hub-image_build_local.conf"

    @property
    def builder_plugin_conf(self) -> Path:
        """The builder plugin's configuration; there need not be one."""
        return self.folder / "builder-image_build_local.conf"

    def write_endpoints(self, endpoints: Endpoints) -> None:
        """Keep the addresses: builds record URLs, so a restart must not change them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "endpoints.json"
        path.write_text(json.dumps(asdict(endpoints), indent=1, sort_keys=True) + "\n")

    def endpoints(self) -> Endpoints:
        """:raises FileNotFoundError: when the sandbox was never started."""
        return Endpoints(**json.loads((self.folder / "endpoints.json").read_text()))

"""A private PostgreSQL with Koji's schema, reached by a unix socket only."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .box import Box, Daemon

#: Names the folder of PostgreSQL's programs.
VARIABLE = "POSTGRESQL_BIN"
OWNER = "postgres"

_SCHEMA = "/usr/share/koji/schema.sql"
_PATIENCE = 20.0  # seconds
_SERVER = (
    "listen_addresses=",
    # What is written here need not survive the machine.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)
#: Before anybody can log in somebody must be an administrator (docs/source/server_howto.rst).
_FIRST_USERS = """
INSERT INTO users (name, status, usertype) VALUES ('admin', 0, 0), ('kojira', 0, 0);
INSERT INTO user_perms (user_id, perm_id, creator_id)
    SELECT users.id, permissions.id, users.id FROM users, permissions
    WHERE (users.name, permissions.name) IN (('admin', 'admin'), ('kojira', 'repo'));
"""


def programs() -> Path | None:
    """The folder of initdb, postgres and psql; None when there is none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    named = os.environ.get(VARIABLE)
    for folder in (Path(named),) if named else (*debian, Path("/usr/bin")):
        if all((folder / name).exists() for name in ("initdb", "postgres", "psql")):
            return folder
    return None


@dataclass(frozen=True)
class Database:
    """:param folder: of the data and the socket; a path short enough for a socket's name"""

    folder: Path
    log: Path
    box: Box
    programs: Path

    def start(self) -> Daemon:
        """Make it, start it and fill it."""
        self.folder.mkdir()
        shutil.chown(self.folder, OWNER)
        self.box.run(
            *self._as_owner("initdb", "--username=koji", "--auth=trust", "--no-sync"),
            "--encoding=UTF8",
            "--locale=C",
            f"--pgdata={self.folder}/data",
        )
        options = [f"-c{option}" for option in (*_SERVER, f"unix_socket_directories={self.folder}")]
        server = self._as_owner("postgres", "-D", f"{self.folder}/data", *options)
        daemon = self.box.start(*server, log=self.log)
        self._await()
        self._sql("postgres", "CREATE DATABASE koji")
        self._sql("koji", Path(_SCHEMA), _FIRST_USERS)
        return daemon

    def _as_owner(self, program: str, *words: str) -> tuple[str, ...]:
        """PostgreSQL does not run as root."""
        become = ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", "--")
        return (*become, str(self.programs / program), *words)

    def _await(self) -> None:
        end = time.monotonic() + _PATIENCE
        ask = self._as_owner("pg_isready", "--quiet", f"--host={self.folder}")
        while subprocess.run(self.box.enter(*ask), check=False).returncode != 0:
            assert time.monotonic() < end, f"PostgreSQL is not ready: {self.log.read_text()}"
            time.sleep(0.05)

    def _sql(self, database: str, *what: str | Path) -> None:
        """Run statements, or files of them."""
        words = [
            f"--file={each}" if isinstance(each, Path) else f"--command={each}" for each in what
        ]
        self.box.run(
            *self._as_owner("psql", "--no-psqlrc", "--quiet", f"--host={self.folder}"),
            "--username=koji",
            f"--dbname={database}",
            "--set=ON_ERROR_STOP=1",
            *words,
        )

"""The host's dnf, told to fill a build root."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import rpm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_MAIN = """\
[main]
reposdir=/dev/null
pluginpath=/dev/null
plugins=0
cachedir={cache}
keepcache=1
gpgcheck=0
install_weak_deps=0
metadata_expire=0
skip_if_unavailable=0
retries=3
timeout=30
"""

_REPO = """
[repo{number}]
name=repo{number}
baseurl={url}
"""

# Where rpm keeps its database on distributions that install with it.
_DATABASES = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")


#: Where dnf keeps its downloads; dnf takes the path as one inside the root.
CACHE = "/var/cache/dnf"


def configuration(repos: Sequence[str]) -> str:
    """Write a dnf configuration that knows these repositories and nothing of the host's."""
    return _MAIN.format(cache=CACHE) + "".join(
        _REPO.format(number=number, url=url) for number, url in enumerate(repos, start=1)
    )


def install(
    config: Path, root: Path, packages: Sequence[str], releasever: str | None
) -> tuple[str, ...]:
    """The argument list that installs packages and groups (``@NAME``) into a root."""
    version = (f"--releasever={releasever}",) if releasever else ()
    where = (f"--config={config}", f"--installroot={root}", *version)
    return ("dnf", "--assumeyes", *where, "install", *packages)


def environment(home: Path) -> Mapping[str, str]:
    """Make ``home`` a home directory for dnf and rpm, and name it in their environment.

    Debian's rpm keeps its database below the user's home; then the root would seem empty.
    """
    database = rpm.expandMacro("%{_dbpath}")
    if database not in _DATABASES:
        database = _DATABASES[-1]
    home.mkdir(parents=True, exist_ok=True)
    (home / ".rpmmacros").write_text(f"%_dbpath {database}\n")
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return {"HOME": str(home), "PATH": os.defpath + ":/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
            **proxies}  # fmt: skip


def decisive(lines: Sequence[str]) -> tuple[str, ...]:
    """Keep of dnf's output what tells why it failed: everything from its first error on."""
    starts = ("error:", "no match for argument", "problem", "warning: group", "module or group")
    for number, line in enumerate(lines):
        if line.strip().lower().startswith(starts):
            return tuple(lines[number:])
    return tuple(lines[-10:])

"""Making a build root: packages by dnf, then the files that mock lays into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.sandbox.root import cache, dnf, isolation, metadata, packages
from koji_imagebuild.sandbox.root.layers import copy
from koji_imagebuild.sandbox.root.namespace import in_child

#: From a ready root to one that may be changed.
Clone = Callable[[Path, Path], None]

_HOSTS = """\
127.0.0.1 localhost localhost.localdomain
::1       localhost localhost.localdomain localhost6 localhost6.localdomain6
"""


@dataclass(frozen=True)
class Recipe:
    """What a build root is made from.

    :param repos: base URLs
    :param group: comps group
    :param releasever: dnf's ``--releasever``
    :param network: whether the root gets the host's resolv.conf and hosts
    """

    repos: tuple[str, ...]
    group: str
    releasever: str | None = None
    network: bool = False


def make(root: Path, recipe: Recipe, shared: Path, log: Path, clone: Clone = copy) -> None:
    """Make the root; what several roots share lies in ``shared``, what dnf says goes to ``log``.

    :param clone: how the root comes from a ready one, see :mod:`layers`
    :raises Infrastructure: with dnf's own lines
    """
    known = [metadata.read(url) for url in recipe.repos]
    choice = packages.choose(recipe.group, known)
    _note(log, choice.origin)
    name = cache.key((*(repo.digest for repo in known), *choice.packages, str(recipe.releasever)))

    def fill(fresh: Path) -> None:
        _install(fresh, recipe, choice.packages, shared / "dnf", log)

    root.parent.mkdir(parents=True, exist_ok=True)
    cache.provide(shared / "roots", name, fill, lambda ready: clone(ready, root))
    _note(log, f"made from the ready root {name}")
    _lay_files(root, network=recipe.network)


def _install(root: Path, recipe: Recipe, wanted: tuple[str, ...], shared: Path, log: Path) -> None:
    downloads = shared / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    environment = dnf.environment(shared / "home")
    with tempfile.TemporaryDirectory(dir=shared) as scratch:
        config = Path(scratch) / "dnf.conf"
        config.write_text(dnf.configuration(recipe.repos))
        argv = dnf.install(config, root, wanted, recipe.releasever)
        _note(log, "$ " + " ".join(argv))
        start = log.stat().st_size

        def run() -> int:
            _output_to(log)
            return isolation.run_beside(root, argv, environment, ((str(downloads), dnf.CACHE),))

        code = in_child(run)
    if code != 0:
        lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
        raise Infrastructure(
            f"dnf could not fill the build root, exit status {code}",
            lines=dnf.decisive(lines),
            log=log.name,
        )


def _output_to(log: Path) -> None:
    target = os.open(log, os.O_WRONLY | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, source in ((0, null), (1, target), (2, target)):
        os.dup2(source, number)


def _lay_files(root: Path, *, network: bool) -> None:
    etc = root / "etc"
    for folder in (etc, root / "builddir"):
        folder.mkdir(exist_ok=True)
    for name, otherwise in (("resolv.conf", ""), ("hosts", _HOSTS)):
        target, source = etc / name, Path("/etc") / name
        target.unlink(missing_ok=True)
        if network and source.exists():
            shutil.copyfile(source, target)
        else:
            target.write_text(otherwise)
    mtab = etc / "mtab"
    mtab.unlink(missing_ok=True)
    mtab.symlink_to("../proc/self/mounts")


def _note(log: Path, line: str) -> None:
    with log.open("a") as out:
        out.write(line + "\n")

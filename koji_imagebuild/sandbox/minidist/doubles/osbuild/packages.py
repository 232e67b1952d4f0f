"""The stage that installs RPMs: with rpm itself, so that the tree has a true package database."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .. import rpmfile

if TYPE_CHECKING:
    from .work import Work

_DATABASE = "var/lib/rpm"


def rpm(work: Work) -> dict[str, Any]:
    """Install every file of the input ``packages`` and say what they are."""
    database = work.options.get("dbpath", f"/{_DATABASE}")
    files = work.inputs["packages"]
    names = "\n".join(map(str, files))
    manifest = work.tree.with_name("packages.manifest")
    manifest.write_text(f"{names}\n")
    work.run(
        *("rpm", "--root", work.tree, "--define", f"_dbpath {database}"),
        *("--nosignature", "--install", manifest),
    )
    manifest.unlink()
    headers = sorted((rpmfile.read(path) for path in files), key=lambda each: each.name)
    for each in headers:
        work.say(f"{each.name}-{each.version}-{each.release}.{each.arch}\n")
    return {"packages": [asdict(each) for each in headers]}

"""The packages in a build root, as the hub wants to hear of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import koji
import rpm

if TYPE_CHECKING:
    from pathlib import Path

_FIELDS = ("name", "version", "release", "epoch", "arch", "sigmd5", "size", "buildtime")
# Not made of RPMs that a hub could know.
_SKIPPED = frozenset({"buildsys-build", "gpg-pubkey"})

Rpm = dict[str, Any]


def read(root: Path) -> list[Rpm]:
    """Read the root's RPM database.

    :raises koji.GenericError: when there is none
    """
    for place in ("usr/lib/sysimage/rpm", "var/lib/rpm"):
        if (root / place).exists():
            return _query(root / place)
    raise koji.GenericError("Can't get list of installed rpms")


def _query(database: Path) -> list[Rpm]:
    found: list[Rpm] = []
    rpm.addMacro("_dbpath", str(database))
    try:
        for header in rpm.TransactionSet().dbMatch():
            package: Rpm = koji.get_header_fields(header, _FIELDS)
            if package["name"] not in _SKIPPED:
                package["payloadhash"] = koji.hex_string(package.pop("sigmd5"))
                found.append(package)
    finally:
        rpm.delMacro("_dbpath")
    return found


def identify(packages: list[Rpm], repo_url: str) -> None:
    """Add the hub's id to each package the repository lists (its rpmlist.jsonl).

    :raises koji.BuildrootError: when a package differs from the one the hub knows by that name
    """
    url = f"{repo_url}/rpmlist.jsonl"
    with urlopen(url, timeout=60) as answer:  # noqa: S310  # the sandbox's own server
        known = {_nvra(entry): entry for entry in map(json.loads, answer)}
    for package in packages:
        entry = known.get(_nvra(package))
        if entry is None or "external_repo" in package:
            continue
        if entry["payloadhash"] != package["payloadhash"]:
            raise koji.BuildrootError(
                f"RPM: {_nvra(package)}: payloadhash: {package['payloadhash']} "
                f"mismatch expected {entry['payloadhash']} in rpmlist.jsonl"
            )
        package["id"] = entry["id"]


def _nvra(package: Rpm) -> str:
    return "{name}-{version}-{release}.{arch}".format(**package)

"""The packages in a build root, as the hub wants to hear of them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
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

    Older hubs write no such list; then the hub finds the packages by their names.

    :raises koji.BuildrootError: when a package differs from the one the hub knows by that name
    """
    try:
        with urlopen(f"{repo_url}/rpmlist.jsonl", timeout=60) as answer:  # noqa: S310  # the hub's
            known = {_nvra(entry): entry for entry in map(json.loads, answer)}
    except HTTPError as problem:
        if problem.code != HTTPStatus.NOT_FOUND:
            raise
        return
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

"""Which release a build gets when nobody says: the last one plus one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import koji

from koji_imagebuild.sandbox.hub.entities import builds

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.call import Call

DIST_PARTS = 2
SNAPSHOT_PARTS = 3


def next_release(call: Call, name: str, version: str) -> str:
    """The release after the newest build of that version that is no failure.

    :raises koji.BuildError: when Koji does not know how to count the newest one on
    """
    newest = call.db.value(
        "SELECT release FROM build JOIN package ON package.id = pkg_id"
        " WHERE package.name = :name AND version = :version"
        " AND state IN (:complete, :deleted, :building) ORDER BY build.id DESC LIMIT 1",
        name=name,
        version=version,
        complete=builds.COMPLETE,
        deleted=builds.DELETED,
        building=builds.BUILDING,
    )
    return "1" if newest is None else increment(newest)


def increment(release: str) -> str:
    """The forms Koji counts on: 7 -> 8, 7.fc43 -> 8.fc43, 20260101.n.0 -> 20260101.n.1.

    :raises koji.BuildError: for any other
    """
    parts = release.split(".")
    if release.isdigit():
        return str(int(release) + 1)
    if len(parts) == DIST_PARTS and parts[0].isdigit():
        return f"{int(parts[0]) + 1}.{parts[1]}"
    if len(parts) == SNAPSHOT_PARTS and parts[2].isdigit():
        return f"{parts[0]}.{parts[1]}.{int(parts[2]) + 1}"
    raise koji.BuildError(f"Unable to increment release value: {release}")

"""Koji's API methods, one subject a module; importing a module registers its methods.

Argument names are Koji's: clients pass them by keyword.
"""

from __future__ import annotations

from koji_imagebuild.sandbox.hub.call import METHODS, Binder
from koji_imagebuild.sandbox.hub.calls import (
    archives,
    buildroots,
    builds,
    external_repos,
    groups,
    host_tasks,
    hosts,
    images,
    packages,
    repos,
    rpms,
    system,
    tagging,
    tags,
    targets,
    tasks,
    uploads,
    users,
)

__all__ = [
    "archives",
    "buildroots",
    "builds",
    "external_repos",
    "groups",
    "host_tasks",
    "hosts",
    "images",
    "packages",
    "repos",
    "rpms",
    "system",
    "tagging",
    "tags",
    "targets",
    "tasks",
    "uploads",
    "users",
]


def methods() -> dict[str, Binder]:
    """The hub's own methods, by name."""
    return dict(METHODS)

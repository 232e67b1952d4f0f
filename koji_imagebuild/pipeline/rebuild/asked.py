"""From ``imageRebuildLocal``'s arguments to those of a task of the origin's own kind. Pure.

The hub makes the task with them, and the command line knows with them what the hub will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.rebuild import Rebuild
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.wire import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What can be asked differently than then; with ``all`` and ``fresh_repo``, which are ours alone.
OPTIONS: Final = frozenset(
    (
        "scratch",
        "skip_tag",
        "fail_fast",
        "optional_arches",
        "failable_arches",
        "release",
        "allow_unknown_rpms",
        "repo_id",
        "event",
        "wait_repo",
        "wait_builds",
    )
)
#: What the origin was asked for and a rebuild decides anew: both may not be there any more.
_DECIDED: Final = frozenset(("release", "repo_id", "event", "wait_repo", "wait_builds", "rebuild"))
_OPTIONAL: Final = ("optional_arches", "failable_arches")


def arguments(
    origin: int, was: Sequence[object], arches: object = None, opts: object = None
) -> list[object]:
    """The origin's arguments, with what is asked differently and ``opts.rebuild``.

    :param was: the origin's arguments; ``opts`` is the last
    :raises RequestError: naming what cannot be asked of a rebuild
    """
    reader = Reader(opts, "opts")
    asked = Rebuild(
        task=origin,
        arches=Reader({"arches": arches}, "request").texts("arches"),
        everything=reader.flag("all") or False,
        fresh_repo=reader.flag("fresh_repo") or False,
    )
    given = opts if isinstance(opts, dict) else {}
    changes = {key: given[key] for key in OPTIONS & set(given) if given[key] is not None}
    reader.ignore(*OPTIONS)
    reader.finish()
    _check(asked, BuildOptions.read(Reader(changes, "opts")))
    *others, old = was
    if not isinstance(old, dict):
        raise RequestError(f"Task {origin} was asked for in a way this plugin cannot read")
    dropped = _DECIDED.union(_OPTIONAL if set(_OPTIONAL) & set(changes) else ())
    kept = {key: value for key, value in old.items() if key not in dropped}
    rebuild = Rebuild.read(Reader(asked.to_wire(), "opts.rebuild"))
    return [*others, {**kept, **changes, "rebuild": rebuild.to_wire()}]


def _check(asked: Rebuild, changes: BuildOptions) -> None:
    if asked.fresh_repo and changes.repo != BuildOptions().repo:
        raise RequestError("opts: fresh_repo and a repository of your choice exclude each other")
    if asked.everything and asked.arches:
        raise RequestError("opts: all and arches exclude each other")

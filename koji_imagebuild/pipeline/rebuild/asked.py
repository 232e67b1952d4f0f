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

    from koji_imagebuild.pipeline.doors import Request
    from koji_imagebuild.pipeline.rebuild.origin import OldBuild

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
_ENDED: Final = frozenset(("CLOSED", "CANCELED", "FAILED"))
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


def rebuild_of(request: Request) -> Rebuild:
    """What is asked of the rebuild alone, of a request that is one."""
    rebuild = request.options.rebuild
    if rebuild is None:
        raise RequestError("opts.rebuild is missing")
    return rebuild


def task_of(nvr: str, build: OldBuild | None) -> int:
    """The task behind an N-V-R.

    :raises RequestError: when there is none that could be asked again
    """
    if build is None:
        raise RequestError(
            f"There is no build {nvr}",
            repair="A scratch build has none, and some fail before theirs is opened:"
            " give the id of the task",
        )
    if build.task_id is None:
        raise RequestError(f"Build {nvr} was not built by a task of this Koji")
    if build.state == "DELETED":
        raise RequestError(
            f"Build {nvr} is deleted",
            repair=f"Its task knows what was asked: koji image-rebuild-local {build.task_id}",
        )
    return build.task_id


def not_ours(task_id: int, method: str, parent: int | None) -> RequestError:
    """For a task that is no image build of ours."""
    return RequestError(
        f"Task {task_id} ({method}) is no image build of this plugin",
        repair=f"Its parent may be one: task {parent}" if parent else "",
    )


def check_ended(task_id: int, state: str) -> None:
    """:raises RequestError: for a task that still runs"""
    if state not in _ENDED:
        raise RequestError(
            f"Task {task_id} is still {state}",
            repair=f"Wait for its end, or end it: koji cancel {task_id}",
        )


def _check(asked: Rebuild, changes: BuildOptions) -> None:
    if asked.fresh_repo and changes.repo != BuildOptions().repo:
        raise RequestError("opts: fresh_repo and a repository of your choice exclude each other")
    if asked.everything and asked.arches:
        raise RequestError("opts: all and arches exclude each other")

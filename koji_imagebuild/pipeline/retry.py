"""Infrastructure failures get another try inside the same task.

A second child would break what Pungi reads: it reports every child that is not CLOSED as failed.
So the task tries again in a fresh build root, and then asks Koji to give it to another builder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from koji_imagebuild.errors import Infrastructure
from koji_imagebuild.pipeline.arch import Attempt, Site

if TYPE_CHECKING:
    from koji_imagebuild.model.job import ArchJob
    from koji_imagebuild.model.result import ArchResult


class Elsewhere(Exception):  # noqa: N818  # no failure: the task goes to another builder
    """Another builder shall have the task."""


#: Retries that one stay on a builder uses up: one in place, one by moving on.
_PER_MOVE = 2


def build(job: ArchJob[Any], site: Site, retries: int) -> ArchResult:
    """Build an arch; at most ``retries`` more tries, over all builders together.

    :raises Elsewhere: when another builder shall try
    :raises Told: when the failure stands
    """
    left = retries - _PER_MOVE * site.fleet.moves
    try:
        return _try(job, site)
    except Infrastructure as problem:
        if left < 1:
            raise
        site.desk.say(f"Trying again in a fresh build root: {problem.what}")
    try:
        return _try(job, site)
    except Infrastructure as problem:
        if left < _PER_MOVE or not site.fleet.elsewhere():
            raise
        raise Elsewhere(problem.what) from problem


def _try(job: ArchJob[Any], site: Site) -> ArchResult:
    attempt = Attempt(job, site)
    try:
        return attempt.run()
    except Infrastructure:
        # What tells about it is on the task. kojid would keep the build root, for minutes even
        # when that fills the disk, and would take no task meanwhile (koji/daemon.py).
        attempt.discard()
        raise

"""What every arch task is told, whatever its tool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.model.wire import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Given:
    """The arguments that all arch tasks have, read.

    :param more: reads the others, by the names of the parameters
    """

    nvr: NVR
    arch: str
    target: Target
    repo: RepoInfo
    opts: Reader
    more: Reader


def read(method: str, parameters: Sequence[str], values: Sequence[object]) -> Given:
    """``opts``, the last, may be left out.

    :raises RequestError: naming the argument that is wrong
    """
    if not len(parameters) - 1 <= len(values) <= len(parameters):
        raise RequestError(f"{method}: expected {len(parameters)} arguments, got {len(values)}")
    given = Reader(dict(zip(parameters, values)), method)
    target = Target.from_wire(given.raw("target_info"), f"{method}.target_info")
    return Given(
        nvr=NVR(
            names.package_name(given.required("name"), "name"),
            names.version(given.required("version"), "version"),
            names.version(given.required("release"), "release"),
        ),
        arch=names.arch(given.required("arch"), "arch"),
        target=target,
        repo=RepoInfo.from_wire(
            given.raw("repo_info"), target.build_tag_name, f"{method}.repo_info"
        ),
        opts=given.struct("opts"),
        more=given,
    )

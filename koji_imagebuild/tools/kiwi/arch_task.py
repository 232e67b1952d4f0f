"""``createKiwiImage``: the arch task's arguments, as Pungi and Koji's own plugin read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model import names
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.model.wire import Reader, sparse
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.job import RepoAddress

METHOD = "createKiwiImage"
PARAMETERS = (
    "name",
    "version",
    "release",
    "arch",
    "target_info",
    "build_tag",
    "repo_info",
    "desc_url",
    "desc_path",
    "opts",
)


def arguments(job: ArchJob[Kiwi]) -> list[object]:
    """The arguments, ``opts`` last and with a boolean ``scratch``: Pungi looks there."""
    # Koji's own kiwi plugin uses no repository unless it is told to, also when there is no other,
    # and its builders do not look at the tag themselves.
    told = sparse(
        use_buildroot_repo=job.options.with_buildroot_repo or None,
        mount_dev=job.host_devices or None,
    )
    return [
        job.nvr.name,
        job.nvr.version,
        job.nvr.release,
        job.arch,
        job.target.to_wire(),
        job.target.build_tag,
        job.repo.to_wire(),
        job.tool.source.location.text,
        job.tool.source.path,
        {**job.options.to_wire(), **job.tool.options.to_wire(), **told},
    ]


def source(given: Mapping[str, object]) -> str:
    return str(given.get("desc_url", ""))


def read(values: Sequence[object], address: RepoAddress) -> ArchJob[Kiwi]:
    """The job behind the arguments.

    :param address: where this builder reaches a generation of a tag's repository
    :raises RequestError: naming the argument that is wrong
    """
    if not len(PARAMETERS) - 1 <= len(values) <= len(PARAMETERS):
        raise RequestError(f"{METHOD}: expected {len(PARAMETERS)} arguments, got {len(values)}")
    given = Reader(dict(zip(PARAMETERS, values)), METHOD)
    target = Target.from_wire(values[4], f"{METHOD}.target_info")
    repo = RepoInfo.from_wire(values[6], target.build_tag_name, f"{METHOD}.repo_info")
    arch = names.arch(given.required("arch"), "arch")
    opts = given.struct("opts")
    options = BuildOptions.read(opts)
    kiwi = Kiwi(
        KiwiSource(Location.from_text(given.required("desc_url")), given.required("desc_path")),
        KiwiOptions.read(opts),
    )
    host_devices = opts.flag("mount_dev") or False
    opts.finish()
    nvr = NVR(
        names.package_name(given.required("name"), "name"),
        names.version(given.required("version"), "version"),
        names.version(given.required("release"), "release"),
    )
    return ArchJob(nvr, arch, target, repo, kiwi, options, address(repo, arch), host_devices)

"""``createKiwiImage``: the arch task's arguments, as Pungi and Koji's own plugin read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import sparse
from koji_imagebuild.tools import arch_arguments
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
    given = arch_arguments.read(METHOD, PARAMETERS, values)
    opts, more = given.opts, given.more
    options = BuildOptions.read(opts)
    kiwi = Kiwi(
        KiwiSource(Location.from_text(more.required("desc_url")), more.required("desc_path")),
        KiwiOptions.read(opts),
    )
    host_devices = opts.flag("mount_dev") or False
    opts.finish()
    repository = address(given.repo, given.arch)
    return ArchJob(
        given.nvr, given.arch, given.target, given.repo, kiwi, options, repository, host_devices
    )

"""``imageBuilderBuildArch``: the arch task's arguments, as Pungi and koji-image-builder read them.

A builder with koji-image-builder ignores the options it does not know; the parent then refuses
what it made, because its result does not name this plugin. The same task builds kept manifests:
then its types say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import Reader, sparse
from koji_imagebuild.tools import arch_arguments
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource
from koji_imagebuild.tools.image_builder.blueprint import Blueprint
from koji_imagebuild.tools.image_builder.tool import ImageBuilder
from koji_imagebuild.tools.manifest import wire as manifests
from koji_imagebuild.tools.manifest.tool import Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from koji_imagebuild.model.job import RepoAddress
    from koji_imagebuild.model.nvr import NVR

METHOD = "imageBuilderBuildArch"
PARAMETERS = (
    "name",
    "version",
    "release",
    "arch",
    "types",
    "target_info",
    "build_config",
    "repo_info",
    "opts",
)


Either = Union[ImageBuilder, Manifest]


def arguments(job: ArchJob[Either]) -> list[object]:
    """The arguments, ``opts`` last and with a boolean ``scratch``: Pungi looks there."""
    types, told = _told(job.tool)
    return [
        job.nvr.name,
        job.nvr.version,
        job.nvr.release,
        job.arch,
        types,
        job.target.to_wire(),
        _build_config(job),
        job.repo.to_wire(),
        {**job.options.to_wire(), **told},
    ]


def _told(tool: Either) -> tuple[list[str], dict[str, object]]:
    """Types, and what of ``opts`` is the tool's."""
    if isinstance(tool, Manifest):
        return manifests.types(tool), manifests.options(tool)
    blueprint = tool.source.blueprint
    return list(tool.source.types), {
        **tool.options.to_wire(),
        **tool.source.definitions_to_wire(),
        **sparse(blueprint=None if blueprint is None else blueprint.to_wire()),
    }


def _build_config(job: ArchJob[Either]) -> dict[str, object]:
    """What builders with koji-image-builder read of the build tag: whether mock isolates by chroot.

    Only then do they see the machine's devices.
    """
    return {
        "id": job.target.build_tag,
        "name": job.target.build_tag_name,
        "extra": {"mock.new_chroot": 0} if job.host_devices else {},
    }


def source(given: Mapping[str, object]) -> str:
    opts = Reader(given.get("opts"), "opts")
    return opts.text("defs_url") or manifests.source(opts)


def read(values: Sequence[object], address: RepoAddress) -> ArchJob[Either]:
    """The job behind the arguments.

    :param address: where this builder reaches a generation of a tag's repository
    :raises RequestError: naming the argument that is wrong
    """
    given = arch_arguments.read(METHOD, PARAMETERS, values)
    opts = given.opts
    tool = _tool(given.more.texts("types"), given.nvr, opts)
    options = BuildOptions.read(opts)
    opts.finish()
    extra = given.more.struct("build_config").struct("extra")
    host_devices = extra.raw("mock.new_chroot") in (0, False)
    repository = address(given.repo, given.arch)
    return ArchJob(
        given.nvr, given.arch, given.target, given.repo, tool, options, repository, host_devices
    )


def _tool(types: Sequence[str], nvr: NVR, opts: Reader) -> Either:
    if manifests.is_manifest(types):
        return manifests.read(types, nvr.name, nvr.version, opts)
    source = ImageBuilderSource(
        name=nvr.name,
        version=nvr.version,
        types=tuple(types),
        blueprint=Blueprint.read(opts),
        definitions=Location(url=opts.text("defs_url") or ""),
        definitions_path=opts.text("defs_path") or ".",
    )
    return ImageBuilder(source, ImageBuilderOptions.read(opts))

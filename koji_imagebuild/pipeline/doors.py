"""The calls a build can come through, each of which becomes one :class:`ImageRequest`.

Hub, builder and command line read requests with the same functions, so what one accepts none of
the others refuses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.request import BuildOptions, ImageRequest
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.wire import Reader, kind_of, sparse
from koji_imagebuild.tools import registry
from koji_imagebuild.tools.base import Tool
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource
from koji_imagebuild.tools.image_builder.blueprint import Blueprint
from koji_imagebuild.tools.image_builder.tool import ImageBuilder
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi
from koji_imagebuild.tools.manifest.tool import Manifest

#: Parent task methods, as Pungi and policies know them.
IMAGE_BUILD_LOCAL = "imageBuildLocal"
KIWI_BUILD = "kiwiBuild"
IMAGE_BUILDER_BUILD = "imageBuilderBuild"
METHODS = (IMAGE_BUILD_LOCAL, KIWI_BUILD, IMAGE_BUILDER_BUILD)

#: What the parent alone heeds, and what builders with koji-image-builder read of ``opts``
#: (plugin/builder/image_builder.py) or fail on. Not ``bootc``: they take its reference as it was
#: pinned, and the installed system would follow that digest instead of the name.
_KOJI_IMAGE_BUILDER = frozenset(
    (
        *("schema", "scratch", "skip_tag", "fail_fast", "allow_unknown_rpms", "optional_arches"),
        *("release", "repo_id", "event", "wait_repo", "wait_builds", "rebuild"),
        *("distro", "repos", "use_buildroot_repo", "ostree", "seed", "preview"),
    )
)

Request = ImageRequest[Tool[Any]]


def image_build_local(
    target: object, arches: object, tool: object, source: object, opts: object = None
) -> Request:
    """``imageBuildLocal [target, arches, tool, source, opts]``.

    :raises RequestError: naming the first argument that is wrong
    """
    reader = Reader(opts, "opts")
    bound = registry.bind(_text(tool, "tool"), Reader(source, "source"), reader)
    return _request(target, arches, bound, reader)


def kiwi_build(
    target: object, arches: object, desc_url: object, desc_path: object, opts: object = None
) -> Request:
    """``kiwiBuild [target, arches, desc_url, desc_path, opts]``: Koji's own kiwi plugin's call.

    As with that plugin, it ends at the first arch that fails, and kiwi chooses the file names.

    :raises RequestError: naming the first argument that is wrong
    """
    reader = Reader(opts, "opts")
    location = Location(url=_text(desc_url, "desc_url"))
    source = KiwiSource(location, _text(desc_path, "desc_path"))
    request = _request(target, arches, Kiwi(source, KiwiOptions.read(reader)), reader)
    return replace(request, options=replace(request.options, fail_fast=True))


def image_builder_build(
    target: object,
    arches: object,
    types: object,
    name: object,
    version: object,
    opts: object = None,
) -> Request:
    """``imageBuilderBuild [target, arches, types, name, version, opts]``, of koji-image-builder.

    :raises RequestError: naming the first argument that is wrong
    """
    reader = Reader(opts, "opts")
    source = ImageBuilderSource(
        name=_text(name, "name"),
        version=_text(version, "version"),
        types=Reader({"types": types}, "request").texts("types"),
        blueprint=Blueprint.read(reader),
    )
    tool = ImageBuilder(source, ImageBuilderOptions.read(reader))
    return _request(target, arches, tool, reader)


def _request(target: object, arches: object, tool: Tool[Any], reader: Reader) -> Request:
    options = BuildOptions.read(reader)
    reader.finish()
    tool.check_options(options)
    # A manifest is kept with what is built from it.
    if tool.location.upload and not (options.scratch or isinstance(tool, Manifest)):
        raise RequestError(
            "A local folder can only be built as a scratch build: nobody could rebuild it",
            repair="Add --scratch, or push the folder to a repository",
        )
    return ImageRequest(_text(target, "target"), _arches(arches), tool, options)


def read(method: str, arguments: list[object]) -> Request:
    """The request behind a parent task.

    :param arguments: the task's request, as the hub keeps it
    :raises RequestError: when it is no image build, or one that this plugin cannot read
    """
    doors: dict[str, Callable[..., Request]] = {
        IMAGE_BUILD_LOCAL: image_build_local,
        KIWI_BUILD: kiwi_build,
        IMAGE_BUILDER_BUILD: image_builder_build,
    }
    if method not in doors:
        raise RequestError(f"{method} is no image build of this plugin")
    return doors[method](*arguments)


def needs_this_plugin(method: str, request: Request) -> bool:
    """Whether builders with the plugins these calls come from may build something else from it.

    ``imageBuildLocal`` comes from this one, and ``kiwiBuild`` takes nothing that Koji's own lacks.

    :param method: the parent's, through which the request came
    """
    if method != IMAGE_BUILDER_BUILD:
        return method == IMAGE_BUILD_LOCAL
    options = request.options
    # Those builders use the build root's repository if and only if there are no others.
    other_repos = options.with_buildroot_repo == bool(options.repos)
    return other_repos or not options_to_wire(request).keys() <= _KOJI_IMAGE_BUILDER


def arguments(request: Request) -> list[object]:
    """The task arguments of an ``imageBuildLocal`` task."""
    return [
        request.target,
        list(request.arches),
        request.tool.name,
        request.tool.source_to_wire(),
        options_to_wire(request),
    ]


def options_to_wire(request: Request) -> dict[str, object]:
    return sparse(**request.options.to_wire(), **request.tool.options_to_wire())


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise RequestError(f"{where}: expected a string, got {kind_of(value)}")
    return value


def _arches(value: object) -> tuple[str, ...]:
    return Reader({"arches": value}, "request").texts("arches")

"""Koji hub plugin: the calls that make image tasks. Thin: koji_imagebuild does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import kojihub
from koji.context import context
from koji.plugin import export

from koji_imagebuild.adapters import (
    admission,
    configuration,
    rebuild_admission,
    signatures,
)
from koji_imagebuild.pipeline.rebuild.origin import OldBuild

if TYPE_CHECKING:
    from collections.abc import Sequence

signatures.register()
_CONFIGURATION = configuration.hub()


class _Hub:
    """The running hub, in the words of admission."""

    def assert_permission(self, name: str) -> None:
        context.session.assertPerm(name)

    def has_permission(self, name: str) -> bool:
        return bool(context.session.hasPerm(name))

    def arches(self, target: str) -> str:
        info = kojihub.get_build_target(target, strict=True)
        config: dict[str, Any] = kojihub.RootExports().getBuildConfig(info["build_tag"])
        return config["arches"] or ""

    def check_policy(self, name: str, method: str, arguments: Sequence[object]) -> None:
        if context.policy.get(name):
            data = {"user_id": context.session.user_id, "method": method}
            data.update(kojihub.policy_data_from_task_args(method, arguments))
            kojihub.assert_policy(name, data)

    @property
    def caller(self) -> int:
        user_id: int = context.session.user_id
        return user_id

    def task(self, task_id: int) -> rebuild_admission.OriginTask | None:
        info = kojihub.RootExports().getTaskInfo(task_id, request=True)
        return info and rebuild_admission.OriginTask(
            id=task_id,
            method=info["method"],
            arguments=tuple(koji.decode_args(*info["request"])[0]),
            state=koji.TASK_STATES[info["state"]],
            owner=info["owner"],
            parent=info["parent"],
        )

    def build(self, nvr: str) -> OldBuild | None:
        info = kojihub.get_build(nvr)
        return info and OldBuild(nvr, koji.BUILD_STATES[info["state"]], info["task_id"])

    def make_task(self, method: str, arguments: list[object], channel: str, priority: int) -> int:
        task: int = kojihub.make_task(method, arguments, channel=channel, priority=priority)
        return task


def _admit(method: str, arguments: list[object], priority: object) -> int:
    configuration.refuse_rivals(__name__, _CONFIGURATION)
    return admission.admit(method, arguments, priority, _Hub(), _CONFIGURATION)


@export  # type: ignore[untyped-decorator]  # Koji has no type information
def imageBuildLocal(  # noqa: N802  # Koji's way to name calls
    target: object,
    arches: object,
    tool: object,
    source: object,
    opts: object = None,
    priority: object = None,
) -> int:
    """Build an image: tool is kiwi, source and opts are structs; returns the task's id."""
    return _admit("imageBuildLocal", [target, arches, tool, source, opts], priority)


@export  # type: ignore[untyped-decorator]  # Koji has no type information
def imageRebuildLocal(  # noqa: N802  # Koji's way to name calls
    origin: object, arches: object = None, opts: object = None, priority: object = None
) -> int:
    """Build an image again: origin is a task id or a build's N-V-R; returns the task's id."""
    configuration.refuse_rivals(__name__, _CONFIGURATION)
    return rebuild_admission.admit(origin, arches, opts, priority, _Hub(), _CONFIGURATION)


configuration.refuse_rivals(__name__, _CONFIGURATION)

if _CONFIGURATION.kiwi_build:

    @export  # type: ignore[untyped-decorator]  # Koji has no type information
    def kiwiBuild(  # noqa: N802  # signature of Koji's own kiwi plugin, which Pungi calls
        target: object,
        arches: object,
        desc_url: object,
        desc_path: object,
        optional_arches: object = None,
        profile: object = None,
        scratch: object = False,  # noqa: FBT002
        priority: object = None,
        make_prep: object = False,  # noqa: FBT002
        repos: object = None,
        release: object = None,
        type: object = None,  # noqa: A002
        type_attr: object = None,
        result_bundle_name_format: object = None,
        use_buildroot_repo: object = None,
        version: object = None,
        repo_releasever: object = None,
    ) -> int:
        """Build an image with kiwi, as Koji's own kiwi plugin is asked to."""
        arguments = admission.kiwi_build_arguments(
            target,
            arches,
            desc_url,
            desc_path,
            optional_arches=optional_arches,
            profile=profile,
            scratch=scratch,
            make_prep=make_prep,
            repos=repos,
            release=release,
            type=type,
            type_attr=type_attr,
            result_bundle_name_format=result_bundle_name_format,
            use_buildroot_repo=use_buildroot_repo,
            version=version,
            repo_releasever=repo_releasever,
        )
        return _admit("kiwiBuild", arguments, priority)


if _CONFIGURATION.image_builder_build:

    @export  # type: ignore[untyped-decorator]  # Koji has no type information
    def imageBuilderBuild(  # noqa: N802  # signature of koji-image-builder, which Pungi calls
        target: object,
        arches: object,
        types: object,
        name: object,
        version: object,
        opts: object = None,
        priority: object = None,
    ) -> int:
        """Build an image with image-builder, as koji-image-builder is asked to."""
        return _admit(
            "imageBuilderBuild", [target, arches, types, name, version, opts or {}], priority
        )

"""What the hub checks before a task exists: permission, request, target, arches, priority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import koji

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.names import arch as arch_name
from koji_imagebuild.pipeline import doors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from koji_imagebuild.adapters.configuration import HubConfiguration


class Hub(Protocol):
    """The few things of ``kojihub`` that admission needs."""

    def assert_permission(self, name: str) -> None:
        """:raises koji.ActionNotAllowed: when the caller does not have it"""
        ...

    def has_permission(self, name: str) -> bool: ...

    def arches(self, target: str) -> str:
        """Arches of a target's build tag, separated by blanks.

        :raises koji.GenericError: when there is no such target
        """
        ...

    def check_policy(self, name: str, method: str, arguments: Sequence[object]) -> None:
        """Consult a policy if the hub has one of that name."""
        ...

    def make_task(
        self, method: str, arguments: list[object], channel: str, priority: int
    ) -> int: ...


def admit(
    method: str,
    arguments: list[object],
    priority: object,
    hub: Hub,
    configuration: HubConfiguration,
) -> int:
    """Make the parent task of a request.

    :param arguments: the task's, as the method's signature has them
    :param priority: relative to Koji's default; None is 0, negative is for admins
    :returns: the task's id
    """
    hub.assert_permission(configuration.permission)
    if doors.read(method, arguments).options.rebuild is not None:
        # Nobody has looked whether the caller may see the origin.
        raise RequestError("opts.rebuild: only imageRebuildLocal asks for a rebuild")
    return make_task(method, arguments, priority, hub, configuration)


def make_task(
    method: str,
    arguments: list[object],
    priority: object,
    hub: Hub,
    configuration: HubConfiguration,
) -> int:
    """The task, for a caller who has the permission; as :func:`admit`."""
    request = doors.read(method, arguments)
    _check_arches(request, hub.arches(request.target))
    if request.options.allow_unknown_rpms and not configuration.allow_unknown_rpms:
        raise koji.ActionNotAllowed(
            "This hub does not import images with RPMs it does not know"
            " (allow_unknown_rpms in image_build_local.conf)"
        )
    if method == doors.IMAGE_BUILD_LOCAL:
        arguments = doors.arguments(request)
    absolute = koji.PRIO_DEFAULT + _priority(priority, hub)
    hub.check_policy("image_build_local", method, arguments)
    return hub.make_task(method, arguments, configuration.channel, absolute)


def kiwi_build_arguments(
    target: object, arches: object, desc_url: object, desc_path: object, **options: object
) -> list[object]:
    """Koji's own ``kiwiBuild`` parameters as its task's arguments.

    That plugin keeps only what is true, and Pungi sends None for all that is not configured.
    """
    if isinstance(options.get("optional_arches"), str):
        options["optional_arches"] = str(options["optional_arches"]).replace(",", " ").split()
    if isinstance(arches, str):
        arches = arches.replace(",", " ").split()
    opts = {key: value for key, value in options.items() if value not in (None, "", [], False)}
    use = options.get("use_buildroot_repo")
    if use is not None or "repos" not in opts:
        # Builders with Koji's own plugin use no repository unless they are told to.
        opts["use_buildroot_repo"] = use is not False
    return [target, arches or [], desc_url, desc_path, opts]


def _check_arches(request: doors.Request, available: str) -> None:
    known = {koji.canonArch(arch) for arch in (available or "").split()}
    for arch in request.arches:
        if koji.canonArch(arch_name(arch, "arches")) not in known:
            raise RequestError(
                f"Target {request.target} has no arch {arch}; it has {' '.join(sorted(known))}"
            )


def _priority(value: object, hub: Hub) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise RequestError(f"priority: expected a whole number, got {value!r}")
    if value < 0 and not hub.has_permission("admin"):
        raise koji.ActionNotAllowed("only admins may create high-priority tasks")
    return value

"""The names of ``kojihub`` and ``koji.context`` that hub plugins use.

:func:`install` puts a module made of :data:`NAMES` into ``sys.modules``, where the plugins find it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

import koji
from koji.context import context

from koji_imagebuild.sandbox.hub import policy
from koji_imagebuild.sandbox.hub.entities import packages, tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.hub.call import Call
    from koji_imagebuild.sandbox.hub.database import Row
    from koji_imagebuild.sandbox.hub.sessions import Session

NAMES: dict[str, Any] = {}
Name = TypeVar("Name")


def offered(name: Name) -> Name:
    NAMES[name.__name__] = name  # type: ignore[attr-defined]  # functions and classes have one
    return name


class PluginSession:
    """``context.session`` with the names of kojihub's Session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.id = session.id
        self.user_id = session.user_id
        self.host_id = session.host_id
        self.logged_in = session.logged_in
        self.exclusive = session.exclusive
        self.authtype = session.authtype
        self.user_data = {"name": session.user_name}
        self.perms = dict.fromkeys(session.perms, 1)
        self.hasPerm = session.has_perm
        self.assertPerm = session.assert_perm
        self.assertLogin = session.assert_login

    def getPerms(self) -> list[str]:  # noqa: N802 -- kojihub's name
        return sorted(self._session.perms)


class Handlers:
    """``context.handlers``: plugins call API methods through it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def get(self, name: str) -> Callable[..., Any]:
        binder = self._call.site.methods.get(name)
        if binder is None:
            raise koji.GenericError(f"Invalid method: {name}")
        return binder(self._call)

    def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return self.get(name)(*args, **kwargs)


@contextmanager
def serving(call: Call) -> Iterator[Call]:
    """Plugins see this call in ``koji.context`` while the block runs."""
    outer = context.__dict__.copy()
    context.__dict__.update(
        call=call,
        method=call.method,
        session=PluginSession(call.session),
        handlers=Handlers(call),
        opts={"KojiDir": call.site.paths.topdir, "KojiWebURL": call.site.weburl},
        policy={},
    )
    try:
        yield call
    finally:
        context.__dict__.clear()
        context.__dict__.update(outer)


def current() -> Call:
    call: Call = context.call
    return call


@offered
def convert_value(
    value: Any,
    cast: Any = None,
    message: str | None = None,
    exc_type: type[Exception] = koji.ParameterError,
    none_allowed: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
    check_only: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
) -> Any:
    """Cast, or with ``check_only`` only compare the type."""
    if value is None and none_allowed:
        return None
    if value is not None:
        try:
            if not check_only:
                return cast(value)
            if isinstance(value, cast):
                return value
        except (ValueError, TypeError):
            pass
    raise exc_type(
        message or f"Invalid type for value '{value}': {type(value)}, expected type {cast}"
    )


@offered
def make_task(method: str, arglist: Any, **opts: Any) -> int:
    """As kojihub's; who may set which priority is the caller's business."""
    return tasks.make_task(current(), method, arglist, **opts)


@offered
def readPackageList(  # noqa: N802 -- kojihub's name
    tagID: int,  # noqa: N803 -- kojihub's name
    pkgID: int | None = None,  # noqa: N803 -- kojihub's name
    event: int | None = None,
    inherit: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
) -> dict[int, Row]:
    return packages.listed(current(), tagID, package_id=pkgID, event=event, inherit=inherit)


def _api(method: str) -> Callable[..., Any]:
    """A function of kojihub that is an API method as well."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return Handlers(current()).call(method, *args, **kwargs)

    return function


NAMES.update(
    get_archive_type=_api("getArchiveType"),
    get_archive_types=_api("getArchiveTypes"),
    get_build=_api("getBuild"),
    get_build_target=_api("getBuildTarget"),
    get_build_targets=_api("getBuildTargets"),
    get_channel=_api("getChannel"),
    get_host=_api("getHost"),
    get_image_build=_api("getImageBuild"),
    get_next_release=_api("getNextRelease"),
    get_rpm=_api("getRPM"),
    get_tag=_api("getTag"),
    get_tag_id=_api("getTagID"),
    get_user=_api("getUser"),
    list_archives=_api("listArchives"),
    list_rpms=_api("listRPMs"),
    list_task_output=_api("listTaskOutput"),
    lookup_package=_api("getPackage"),
)


@offered
class RootExports:
    """Every API method as a method of an object."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return _api(name)


@offered
class Task:
    """A task by its id, with the methods of kojihub's class that only read."""

    def __init__(self, id: int) -> None:  # noqa: A002 -- kojihub's name
        self.id = int(id)
        api = Handlers(current())
        self.getInfo = partial(api.call, "getTaskInfo", self.id, strict=True)
        self.getRequest = partial(api.call, "getTaskRequest", self.id)
        self.getResult = partial(api.call, "getTaskResult", self.id)
        self.getChildren = partial(api.call, "getTaskChildren", self.id)
        self.isFinished = partial(api.call, "taskFinished", self.id)

    def getOwner(self) -> int:  # noqa: N802 -- kojihub's name
        return int(self.getInfo()["owner"])

    def getState(self) -> int:  # noqa: N802 -- kojihub's name
        return int(self.getInfo()["state"])


@offered
def check_policy(
    name: str,
    data: Row,
    default: str = "deny",
    strict: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
    force: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
) -> tuple[bool, str]:
    """:returns: whether the policy allows, and the reason"""
    del default
    if strict:
        policy.enforce(current(), name, data, force=force)
    return policy.check(current(), name, data, force=force)


@offered
def assert_policy(name: str, data: Row, default: str = "deny", force: bool = False) -> None:  # noqa: FBT001, FBT002 -- kojihub's signature
    """:raises koji.ActionNotAllowed: when the policy does not allow"""
    check_policy(name, data, default, strict=True, force=force)


def install() -> None:
    """Make ``import kojihub`` find the stand-in, also where the real one is installed."""
    module = ModuleType("kojihub", __doc__)
    module.__dict__.update(NAMES)
    sys.modules["kojihub"] = module

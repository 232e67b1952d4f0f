"""The names of ``kojihub`` and ``koji.context`` that hub plugins use.

:func:`install` puts a module made of :data:`NAMES` into ``sys.modules``, where the plugins find it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, TypeVar

import koji
import koji.util
from koji.context import context

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
def check_policy(
    name: str,
    data: Row,
    default: str = "deny",
    strict: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
    force: bool = False,  # noqa: FBT001, FBT002 -- kojihub's signature
) -> tuple[bool, str]:
    """A policy that is not configured allows (MissingPolicyOk), and the sandbox configures none."""
    del name, data, default, strict, force
    return True, "missing policy"


@offered
def assert_policy(name: str, data: Row, default: str = "deny", force: bool = False) -> None:  # noqa: FBT001, FBT002 -- kojihub's signature
    check_policy(name, data, default, strict=True, force=force)


def install() -> None:
    """Make ``import kojihub`` find the stand-in, also where the real one is installed."""
    module = ModuleType("kojihub", __doc__)
    module.__dict__.update(NAMES)
    sys.modules["kojihub"] = module

"""What a hub method is given, and the register of methods."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    import koji

    from koji_imagebuild.sandbox.hub.database import Transaction
    from koji_imagebuild.sandbox.hub.moves import Mover
    from koji_imagebuild.sandbox.hub.sessions import Peer, Session
    from koji_imagebuild.sandbox.hub.uploads import Writing


@dataclass(frozen=True)
class Site:
    """What stays the same for every call.

    :param paths: KojiDir's layout
    :param weburl: where task pages would be; part of notifications
    :param writing: the uploads that are being written at this moment
    """

    paths: koji.PathInfo
    weburl: str
    writing: Writing
    methods: Mapping[str, Binder]


@dataclass
class Call:
    """One call of one method by one caller, inside its transaction."""

    site: Site
    db: Transaction
    session: Session
    peer: Peer
    mover: Mover
    method: str
    _event: int | None = field(default=None, init=False)

    @property
    def topdir(self) -> Path:
        return Path(self.site.paths.topdir)

    @property
    def event(self) -> int:
        """The event of what this call changes; made when first asked for."""
        if self._event is None:
            self._event = self.db.insert("events", ts=time.time())
        return self._event

    def add_version(self, table: str, **values: Any) -> None:
        """A new row of a versioned table."""
        self.db.insert(table, create_event=self.event, **values)

    def revoke(self, table: str, **key: Any) -> int:
        """End the active rows of a versioned table that match the key.

        :returns: how many there were
        """
        match = " AND ".join(f"{name} = :{name}" for name in key)
        sql = f"UPDATE {table} SET revoke_event = :event WHERE {match} AND revoke_event IS NULL"  # noqa: S608 -- names from code
        return self.db.change(sql, event=self.event, **key)


Binder = Callable[[Call], Callable[..., Any]]
"""Makes the function that a client's arguments are given to."""

METHODS: dict[str, Binder] = {}
"""The hub's own methods by their XML-RPC names; plugins add theirs."""

Function = TypeVar("Function", bound=Callable[..., Any])


def method(name: str) -> Callable[[Function], Function]:
    """Register a function ``(call, ...)`` under its XML-RPC name."""

    def register(function: Function) -> Function:
        # a partial adds no frame: koji.util.call_with_argcheck takes a TypeError for a wrong
        # signature only when it comes from right below itself
        METHODS[name] = partial(partial, function)
        return function

    return register

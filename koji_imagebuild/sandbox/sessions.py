"""Sessions on a sandbox's hub, closed when the block ends."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import koji

if TYPE_CHECKING:
    from collections.abc import Iterator

    from koji_imagebuild.sandbox.state import State


@contextlib.contextmanager
def anonymous(state: State) -> Iterator[Any]:
    """Open a session without a login; it does not wait long for a hub that is gone."""
    # Three tries, a second apart: the hub is on this machine.
    options = {"serverca": str(state.certs / "ca.pem"), "max_retries": 3, "retry_interval": 1}
    session = koji.ClientSession(state.endpoints().server, options)
    try:
        yield session
    finally:
        session.rsession.close()


@contextlib.contextmanager
def logged_in(state: State, user: str) -> Iterator[Any]:
    """Open a session of one of the sandbox's users."""
    with anonymous(state) as session:
        session.ssl_login(str(state.certs / f"{user}.pem"), None, str(state.certs / "ca.pem"))
        try:
            yield session
        finally:
            session.logout()

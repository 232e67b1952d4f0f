"""Hubs for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.sandbox import certificates

from .clients import client, new_state, opened, populate, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .clients import Sandbox


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    certificates.ensure(folder)
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, certs: Path) -> Iterator[Sandbox]:
    """One hub for the tests of a module, with the sandbox's users, tags and target."""
    state = new_state(tmp_path_factory.mktemp("hub"), certs)
    with running(state):
        admin = client(state, "admin")
        populate(admin)
        admin.logout()
        with opened(state) as sandbox:
            yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The shared hub; tests that need a name of their own make one."""
    return shared

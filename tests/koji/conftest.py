"""Tests of what only an installed Koji has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.koji.installed import missing
from tests.koji.machine import RealMachine
from tests.koji.provide import real

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.koji.instance import Instance
    from tests.sandbox.under_test import Koji


@pytest.fixture(autouse=True, scope="session")
def installed() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: build roots are filled and images are mounted")
    if reason := missing():
        pytest.skip(reason)


@pytest.fixture(scope="module")
def koji() -> Iterator[Koji]:
    """A private Koji for the tests of one file."""
    with real() as under_test:
        yield under_test
        under_test.close()


@pytest.fixture(scope="module")
def instance(koji: Koji) -> Instance:
    assert isinstance(koji.machine, RealMachine)
    return koji.machine.instance

"""Tests of what only an installed Koji has."""

from __future__ import annotations

import os

import pytest

from tests.koji.installed import missing


@pytest.fixture(autouse=True, scope="session")
def installed() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: build roots are filled and images are mounted")
    if reason := missing():
        pytest.skip(reason)

"""Fixtures that tests of several levels use."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--koji",
        choices=("sandbox", "real"),
        default="sandbox",
        help="what tests/sandbox runs on: a sandbox, or a private instance of an installed Koji",
    )


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: loop devices")

"""Fixtures that tests of several levels use, and what is said of tests that could not run."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--koji",
        choices=("sandbox", "real"),
        default="sandbox",
        help="what tests/sandbox runs on: a sandbox, or a private instance of an installed Koji",
    )


def pytest_configure() -> None:
    """What runs in the background of a shell ignores SIGINT, and so would all that tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """pytest-timeout stops its clock when a test fails (pytest_exception_interact); this goes on.

    A fixture that waits for what the test should have ended would wait for ever.
    """
    limit = float(item.config.getini("timeout"))
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"teardown not done after {limit:g} s"))
    signal.setitimer(signal.ITIMER_REAL, limit)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every test that was skipped, by its name, and why; pytest itself folds them."""
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.section("left out")
    for report in skipped:
        _, _, reason = report.longrepr
        terminalreporter.line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")
    if not skipped:
        terminalreporter.line("nothing")


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: loop devices")

"""One Koji for all tests of this level; each test finds it without leftovers of the last one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.koji.installed import missing
from tests.koji.provide import real

from .image import build_all
from .laptop import laptop
from .provide import sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .image import Image
    from .laptop import Laptop
    from .under_test import Koji

DESCRIPTIONS = Path(__file__).parents[2] / "kiwi-descriptions"
#: Every profile of minidist with all its types.
PROFILES = {
    "Disk": (),
    "Live": (),
    "Container": ("--type=docker,oci", "--type=tbz"),
    "WSL": ("--scratch",),
}


@pytest.fixture(scope="session")
def koji(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Koji]:
    """The Koji under test."""
    if os.geteuid() != 0:
        pytest.skip("needs root: build roots are filled and images are mounted")
    if pytestconfig.getoption("koji") == "real":
        if reason := missing():
            pytest.skip(reason)
        with real() as under_test:
            yield under_test
            under_test.close()
        return
    with sandbox(tmp_path_factory.mktemp("sandbox")) as under_test:
        yield under_test
        under_test.close()


@pytest.fixture(scope="session")
def descriptions(koji: Koji) -> str:
    """SCM URL of kiwi-descriptions."""
    return koji.publish(DESCRIPTIONS, "descriptions")


@pytest.fixture(scope="session")
def minidist(koji: Koji, descriptions: str) -> Mapping[str, Image]:
    """minidist by profile; the WSL is a scratch build, the others are builds."""
    what = (koji.target, descriptions, "minidist/minidist.kiwi")
    commands = [(*what, f"--profile={name}", *words) for name, words in PROFILES.items()]
    return dict(zip(PROFILES, build_all(koji, commands)))


@pytest.fixture
def other_arch(koji: Koji) -> Iterator[str]:
    """A second arch of the build tag, that no builder is for."""
    other, before = "s390x", koji.session().getTag(koji.build_tag)["arches"]
    koji.run("edit-tag", f"--arches={before} {other}", koji.build_tag, user="admin")
    yield other
    koji.run("edit-tag", f"--arches={before}", koji.build_tag, user="admin")


@pytest.fixture
def nothing_left(koji: Koji) -> Iterator[None]:
    """Whatever the test does, no mount, no loop device and no process of a build stays."""
    yield
    koji.settle()


@pytest.fixture(scope="session")
def machine(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laptop]:
    """A machine without a Koji."""
    if os.geteuid() != 0:
        pytest.skip("needs root: build roots are filled and images are mounted")
    if pytestconfig.getoption("koji") == "real":
        pytest.skip("needs no Koji, so it is tested beside the sandbox alone")
    with laptop(tmp_path_factory.mktemp("laptop")) as made:
        yield made


@pytest.fixture
def nothing_left_here(machine: Laptop) -> Iterator[None]:
    """Whatever the test does, nothing of a build without a Koji stays."""
    yield
    machine.settle()

"""A builder whose disk is full says so, tries once more, and goes on with other tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .batch import end, submit
from .hostile import Hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

#: In bytes; a builder takes no task with less than one GiB.
SIZE = 1200 << 20
BUILDS = {
    "fills": Hostile(prep="head -c 2G /dev/zero > /fill"),
    "small": Hostile(),
}


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("full")
    for name, build in BUILDS.items():
        build.write(top / name)
    return koji.publish(top, "full-disk")


@pytest.fixture(scope="module")
def _small_disk(koji: Koji) -> Iterator[None]:
    with koji.machine.small_disk(SIZE):
        yield


@pytest.mark.usefixtures("_small_disk")
def test_a_full_disk_is_the_builders_fault(koji: Koji, url: str) -> None:
    task = submit(koji, url, BUILDS["fills"].asked("fills"))
    (arch,) = end(koji, task).arches
    assert arch.text.startswith("The builder's disk is full in 'make prep': 0 MiB are left")
    assert "No space left on device" in arch.text
    assert arch.text.endswith(
        "\nOld build roots lie in mockdir; kojid removes those of failed tasks after hours"
    )
    assert len(koji.session().listBuildroots(taskID=arch.task)) == 2


@pytest.mark.usefixtures("_small_disk")
def test_other_tasks_go_on(koji: Koji, url: str) -> None:
    """What the failed task left for a look is given up for them."""
    ended = end(koji, submit(koji, url, BUILDS["small"].asked("small")))
    assert ended.state == "CLOSED", ended.text

"""Hub or builder killed while files arrive and while they are imported: nothing is lost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

import koji as koji_library
import pytest
import requests

from koji_imagebuild.model.result import ArchResult

from .batch import end
from .hostile import LARGE, Hostile
from .under_test import task_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("restart")
    # The hub imports the small one first, and is busy with the large one then.
    small = LARGE.format(size=400).replace("truncate", 'echo x > "$bundle/a.tar.xz"; truncate')
    Hostile(kiwi=small).write(top / "large")
    return koji.publish(top, "restart")


@dataclass(frozen=True)
class Watched:
    """A build that somebody at a terminal waits for."""

    task: int
    command: subprocess.Popen[str]

    def said(self) -> str:
        """All that is left to say; it must end well."""
        said = self.command.communicate(timeout=120)[0]
        assert self.command.returncode == 0, said
        return said


@pytest.fixture
def watched(koji: Koji, url: str) -> Iterator[Watched]:
    words = ("--wait", "--make-prep", koji.target, url, "large/x.kiwi")
    with koji.start("image-build-local", "kiwi", *words) as command:
        yield Watched(task_of(command.stdout.readline()), command)


def restart_when(koji: Koji, who: str, happens: Callable[[], object]) -> None:
    machine, patience = koji.machine, time.monotonic() + 60
    while not happens():
        assert time.monotonic() < patience
        time.sleep(0.01)
    if who == "hub":
        machine.kill_hub()
        machine.start_hub()
    else:
        machine.kill_builder()
        machine.start_builder()


def assert_complete(koji: Koji, watched: Watched) -> None:
    """One build with one of each file, each as long as the builder says, with its digest."""
    said, task = watched.said(), watched.task
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    session = koji.session()
    (build,) = session.listBuilds(taskID=task)
    assert build["state"] == koji_library.BUILD_STATES["COMPLETE"]
    (arch,) = ended.arches
    result = ArchResult.from_wire(session.getTaskResult(arch.task))
    made = {(file.name, file.size, file.sha256) for file in result.sums}
    imported = [
        (archive["filename"], archive["size"], archive["checksum"])
        for archive in session.listArchives(build["build_id"])
    ]
    assert made < set(imported)
    assert len(imported) == len(made) + 1  # what the parent adds
    assert f"\nBuilt {build['nvr']}, tagged into {koji.dest_tag}\n" in said
    tags = session.listTags(build["build_id"])
    assert [tag["name"] for tag in tags] == [koji.dest_tag]


@pytest.mark.parametrize("who", ["hub", "builder"])
def test_killed_during_an_upload(koji: Koji, watched: Watched, who: str) -> None:
    task, session = watched.task, koji.session()

    def uploading() -> bool:
        children = session.getTaskChildren(task)
        outputs = [session.listTaskOutput(child["id"], stat=True) for child in children]
        return any(
            name.endswith(".tar.xz") and int(file["st_size"])
            for output in outputs
            for name, file in output.items()
        )

    restart_when(koji, who, uploading)
    assert_complete(koji, watched)


@pytest.mark.parametrize("who", ["hub", "builder"])
def test_killed_during_an_import(koji: Koji, watched: Watched, who: str) -> None:
    """After the first file was moved.

    A hub undoes the import, and is asked again. A builder finds the build complete, or completes
    it.
    """
    task, session = watched.task, koji.session()
    patience = time.monotonic() + 60
    while not (builds := session.listBuilds(taskID=task)):
        assert time.monotonic() < patience
    folder = koji_library.PathInfo(topdir=koji.options()["topurl"]).imagebuild(builds[0])
    # Nothing else can be asked meanwhile: an import is one transaction.
    restart_when(koji, who, lambda: requests.head(f"{folder}/a.tar.xz", timeout=60).ok)
    assert_complete(koji, watched)

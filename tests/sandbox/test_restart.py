"""Hub or builder killed while files arrive and while they are imported."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

import koji as koji_library
import pytest
import requests

from koji_imagebuild.model.result import ArchResult

from .batch import end
from .hostile import LARGE, Hostile
from .under_test import deadline, task_of

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

    def said(self, status: int = 0) -> str:
        """All that is left to say."""
        said = self.command.communicate(timeout=120)[0]
        assert self.command.returncode == status, said
        return said


@contextmanager
def watch(koji: Koji, url: str, *words: str) -> Iterator[Watched]:
    what = (koji.target, url, "large/x.kiwi")
    with koji.start("image-build-local", "kiwi", "--wait", "--make-prep", *words, *what) as command:
        yield Watched(task_of(command.stdout.readline()), command)


@pytest.fixture
def watched(koji: Koji, url: str) -> Iterator[Watched]:
    with watch(koji, url) as watched:
        yield watched


def restart_when(koji: Koji, who: str, happens: Callable[[], object]) -> None:
    machine, patience = koji.machine, deadline(60)
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


def in_the_import(koji: Koji, task: int) -> Callable[[], object]:
    """Whether the first file was moved, and the import still goes on."""
    patience = deadline(60)
    while not (builds := koji.session().listBuilds(taskID=task)):
        assert time.monotonic() < patience
    folder = koji_library.PathInfo(topdir=koji.options()["topurl"]).imagebuild(builds[0])
    # Nothing else can be asked meanwhile: an import is one transaction.
    return lambda: requests.head(f"{folder}/a.tar.xz", timeout=60).ok


def test_the_builder_is_killed_during_an_import(koji: Koji, watched: Watched) -> None:
    """It finds the build complete, or completes it."""
    restart_when(koji, "builder", in_the_import(koji, watched.task))
    assert_complete(koji, watched)


def test_the_hub_is_killed_during_an_import(koji: Koji, watched: Watched, url: str) -> None:
    """It forgets the import, but not what it has moved. Nothing stands in the next one's way."""
    restart_when(koji, "hub", in_the_import(koji, watched.task))
    ended = end(koji, watched.task)
    assert (ended.state, [arch.state for arch in ended.arches]) == ("FAILED", ["CLOSED"])
    (build,) = koji.session().listBuilds(taskID=watched.task)
    assert build["state"] == koji_library.BUILD_STATES["FAILED"]
    failed = f"The hub failed to import {build['nvr']}\n"
    assert ended.text.startswith(failed)
    assert "/images/a.tar.xz already exists\n" in ended.text
    assert failed in watched.said(status=1)

    with watch(koji, url, f"--release={build['release']}") as again:
        assert_complete(koji, again)

"""What is the builder's or the network's fault is tried again, in the same task."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.model.result import ArchResult

from .batch import Asked, end, submit
from .described import tiny
from .hostile import Hostile
from .under_test import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

SLEEP = "sleep 43001"


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("retry")
    Hostile(prep=f"{SLEEP} || true", kiwi="").write(top / "sleeps")
    (top / "x.kiwi").write_text(tiny())
    return koji.publish(top, "retry")


class Mirror(http.server.ThreadingHTTPServer):
    """A repository that is out of order until told otherwise."""

    works = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(http.server.SimpleHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        if self.server.works:
            super().do_GET()
        else:
            self.send_error(503)

    def log_message(self, *_: object) -> None:
        """No line a request."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    subprocess.run(("createrepo_c", "--quiet", tmp_path), check=True)
    handler = partial(Handler, directory=str(tmp_path))
    with Mirror(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def roots(koji: Koji, task: int) -> int:
    return len(koji.session().listBuildroots(taskID=task))


def asked(mirror: Mirror) -> Asked:
    opts = {"scratch": True, "repos": [mirror.url], "use_buildroot_repo": True}
    return Asked("x.kiwi", opts)


def test_a_repository_that_works_again(koji: Koji, url: str, mirror: Mirror) -> None:
    task = submit(koji, url, asked(mirror))
    child = koji.child(task, koji.arch)
    patience = deadline(60)
    while roots(koji, child) < 2:
        assert time.monotonic() < patience
        time.sleep(0.02)
    mirror.works = True
    ended = end(koji, task)
    assert ended.state == "CLOSED", ended.text
    assert [arch.task for arch in ended.arches] == [child]


def test_a_repository_that_stays_away(koji: Koji, url: str, mirror: Mirror) -> None:
    (arch,) = end(koji, submit(koji, url, asked(mirror))).arches
    assert arch.text.startswith("Failed in 'install packages'\n\n  Errors during downloading")
    assert f"Status code: 503 for {mirror.url}repodata/repomd.xml" in arch.text
    assert roots(koji, arch.task) == 2


def sleeping(koji: Koji, known: frozenset[int]) -> frozenset[int]:
    """Wait for a sleep that is not known yet."""
    patience = deadline(60)
    while not (found := frozenset(koji.machine.running(SLEEP)) - known):
        assert time.monotonic() < patience
        time.sleep(0.02)
    return found


def host_of(koji: Koji, task: int) -> str:
    """Where a task runs."""
    info = koji.wait(task, ("OPEN",))
    return str(koji.session().getHost(info["host_id"])["name"])


def test_another_builder_takes_over(koji: Koji, url: str) -> None:
    """After two tries on one; the task stays the same, so nobody sees a failed one."""
    admin = koji.session("admin")
    admin.addHost("second", [koji.arch])
    admin.addHostToChannel("second", "image")
    with koji.machine.second_builder("second"):
        task = submit(koji, url, Hostile().asked("sleeps"))
        first = host_of(koji, koji.child(task, koji.arch))
        known: frozenset[int] = frozenset()
        for _ in range(2):
            known |= sleeping(koji, known)
            koji.machine.kill_mock()
        for pid in sleeping(koji, known):
            os.kill(pid, signal.SIGTERM)
        ended = end(koji, task)
        admin.disableHost("second")
    assert ended.state == "CLOSED", ended.text
    (arch,) = ended.arches
    result = ArchResult.from_wire(koji.session().getTaskResult(arch.task))
    assert {first, result.host} == {"builder", "second"}
    assert roots(koji, arch.task) == 3

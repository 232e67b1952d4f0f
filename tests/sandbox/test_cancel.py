"""Canceled at every step: hub and builder agree, nothing is left, and others go on."""

from __future__ import annotations

import http.server
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Callable

import koji as koji_library
import pytest
import requests

from .batch import end, submit
from .described import SHELL, tiny
from .hostile import LARGE, Hostile
from .under_test import deadline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

VERSION = "canceled"
BUILDS = {
    "waiting": Hostile(),
    "root": Hostile(),
    "source": Hostile(),
    "prepare": Hostile(
        description=tiny(packages=SHELL), files={"config.sh": "#!/bin/bash\nsleep 40001\n"}
    ),
    "create": Hostile(
        prep="truncate -s 10M /disk; losetup --find /disk",
        description=tiny(packages=SHELL),
        files={"images.sh": "#!/bin/bash\nsleep 40002\n"},
    ),
    "upload": Hostile(kiwi=LARGE.format(size=1000)),
    "import": Hostile(kiwi=LARGE.format(size=300)),
    "fine": Hostile(),
}


class Source(http.server.ThreadingHTTPServer):
    """Hands a repository on, but not to the third who asks: the arch, after two by the parent."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = behind
        self.asked = 0
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"git+http://127.0.0.1:{self.server_address[1]}/x#main"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Source

    def do_GET(self) -> None:  # the library's name
        if "/info/refs" in self.path:
            self.server.asked += 1
            if self.server.asked > 2:
                self.server.over.wait()
                return
        answer = requests.get(
            self.server.behind + self.path.partition("?")[0].removeprefix("/x"), timeout=60
        )
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """No line a request."""


@pytest.fixture(scope="module")
def source(url: str) -> Iterator[Source]:
    with Source(url.partition("+")[2].partition("#")[0]) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    top = tmp_path_factory.mktemp("cancel")
    for name, build in BUILDS.items():
        build.write(top / name)
    return koji.publish(top, "cancel")


class Canceler:
    """Starts real builds and cancels each as soon as it has reached its step."""

    def __init__(self, koji: Koji, url: str) -> None:
        self.koji = koji
        self.url = url
        self.session = koji.session()
        self.tasks: dict[str, int] = {}

    def start(self, name: str, url: str = "") -> int:
        """A real build; its release tells which, and its version leaves other builds alone."""
        asked = BUILDS[name].asked(name)
        opts = {**asked.opts, "scratch": False, "version": VERSION, "release": name}
        self.tasks[name] = submit(self.koji, url or self.url, replace(asked, opts=opts))
        return self.tasks[name]

    def cancel(self, steps: Mapping[str, Callable[[int], object]], timeout: float = 90) -> None:
        pending, patience = dict(steps), deadline(timeout)
        while pending:
            for name, reached in list(pending.items()):
                if reached(self.tasks[name]):
                    self.session.cancelTask(self.tasks[name])
                    del pending[name]
            assert time.monotonic() < patience, f"not reached: {', '.join(pending)}"
            time.sleep(0.02)

    def children(self, task: int) -> list[int]:
        found = self.session.getTaskChildren(task)
        return [child["id"] for child in found if child["method"] == "createKiwiImage"]

    def has(self, tasks: list[int], suffix: str) -> bool:
        """Whether one of the tasks has begun to upload such a file."""
        return any(
            name.endswith(suffix) and int(status["st_size"])
            for task in tasks
            for name, status in self.session.listTaskOutput(task, stat=True).items()
        )

    def begins(self, step: str) -> Callable[[int], object]:
        """Whether the arch's builder has begun a step, by the log or file it begins with."""
        return lambda task: self.has(self.children(task), step)

    def states(self, name: str) -> tuple[list[str], list[str]]:
        """Of the task and its arches, and of its build."""
        task = self.tasks[name]
        tasks = [task, *self.children(task)]
        builds = self.session.listBuilds(taskID=task)
        return (
            [koji_library.TASK_STATES[self.session.getTaskInfo(each)["state"]] for each in tasks],
            [koji_library.BUILD_STATES[build["state"]] for build in builds],
        )


@pytest.fixture(scope="module")
def canceled(koji: Koji, url: str, source: Source) -> Canceler:
    """All of them canceled, while another build goes on."""
    canceler, running = Canceler(koji, url), koji.machine.running
    admin = koji.session("admin")
    admin.disableHost("builder")
    canceler.start("waiting")
    canceler.cancel({"waiting": lambda _: True})
    admin.enableHost("builder")
    with koji.machine.held_roots():
        for name in ("root", "prepare", "create", "upload", "import", "fine"):
            canceler.start(name)
        canceler.start("source", source.url)
        canceler.cancel({"root": canceler.begins("mock_config.log")})
    canceler.cancel(
        {
            "source": lambda _: source.asked > 2,
            "prepare": lambda _: running("sleep 40001"),
            "create": lambda _: running("sleep 40002"),
            "upload": canceler.begins(".tar.xz"),
            "import": lambda task: canceler.has([task], "import-started.log"),
        }
    )
    for task in canceler.tasks.values():
        end(koji, task)
    koji.settle(60)
    return canceler


def test_canceled_while_it_waits(canceled: Canceler) -> None:
    assert canceled.states("waiting") == (["CANCELED"], [])


@pytest.mark.parametrize("step", ["root", "source", "prepare", "create", "upload"])
def test_canceled_while_an_arch_is_built(canceled: Canceler, step: str) -> None:
    assert canceled.states(step) == (["CANCELED", "CANCELED"], ["CANCELED"])


def test_canceled_during_the_import(canceled: Canceler) -> None:
    """The import is one transaction: it was done, or it was not begun."""
    tasks, (build,) = canceled.states("import")
    assert tasks == ["CANCELED", "CLOSED"]
    assert build in {"COMPLETE", "CANCELED"}


def test_others_go_on(canceled: Canceler) -> None:
    assert canceled.states("fine") == (["CLOSED", "CLOSED"], ["COMPLETE"])


def test_the_nvr_can_be_built_again(koji: Koji, canceled: Canceler, url: str) -> None:
    """The same name, version and release as the build that was canceled in its upload."""
    asked = BUILDS["fine"].asked("fine")
    opts = {**asked.opts, "scratch": False, "version": VERSION, "release": "upload"}
    ended = end(koji, submit(koji, url, replace(asked, opts=opts)))
    assert ended.state == "CLOSED", ended.text
    build = koji.session().getBuild(f"tiny-{VERSION}-upload")
    assert build["state"] == koji_library.BUILD_STATES["COMPLETE"]

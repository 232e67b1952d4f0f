"""Earlier tasks as a session tells of them, and their files."""

from __future__ import annotations

from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import koji
import pytest
import requests

from koji_imagebuild.adapters.ledger import KojiLedger
from koji_imagebuild.adapters.shelf import KojiShelf
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.pipeline.rebuild.origin import OldBuild

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A = NVR("a", "1", "2")
CHILD: dict[str, Any] = {
    "id": 42,
    "method": "createKiwiImage",
    "label": "x86_64",
    "state": koji.TASK_STATES["CLOSED"],
    "request": [
        *("a", "1", "2", "x86_64"),
        {"name": "t", "build_tag_name": "b", "dest_tag_name": "d"},
        *(5, {"id": 7, "create_event": 9}, "git+https://h/d#0123", "a.kiwi", {"scratch": False}),
    ],
}
RESULT = {
    "arch": "x86_64",
    "task_id": 42,
    "name": "a",
    "version": "1",
    "release": "2",
    "files": ["a.raw"],
    "logs": [],
    "rpmlist": [],
}


@dataclass
class Session:
    """Answers by the name of the call."""

    answers: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_kwargs: self.answers[name]


def ledger(**answers: Any) -> KojiLedger:
    return KojiLedger(Session({"listTaskOutput": ["a.raw"], **answers}))


def test_a_task() -> None:
    state = koji.TASK_STATES["FAILED"]
    info = {"method": "kiwiBuild", "request": ["t", []], "state": state, "parent": None}
    task = ledger(getTaskInfo=info).task(40)
    assert task is not None
    assert (task.method, task.arguments, task.state) == ("kiwiBuild", ("t", []), "FAILED")
    assert task.files == {"a.raw"}
    assert ledger(getTaskInfo=None).task(40) is None


def test_arch_tasks_with_their_results() -> None:
    tagging = {**CHILD, "method": "tagBuild", "label": "tag"}
    found = ledger(getTaskChildren=[CHILD, tagging], getTaskResult=RESULT).arch_tasks(40)
    (old,) = found.values()
    assert (list(found), old.state, old.error) == (["x86_64"], "CLOSED", "")
    assert old.job is not None
    assert (str(old.job.nvr), old.job.repo.id) == ("a-1-2", 7)
    assert old.result is not None
    assert old.result.plugin is None


def test_arch_tasks_that_failed_or_were_canceled() -> None:
    failed = {**CHILD, "state": koji.TASK_STATES["FAILED"]}
    canceled = {**CHILD, "label": "s390x", "state": koji.TASK_STATES["CANCELED"]}
    fault = {"faultCode": 1005, "faultString": "Failed in 'x'"}
    found = ledger(getTaskChildren=[failed, canceled], getTaskResult=fault).arch_tasks(40)
    assert {arch: (old.result, old.error) for arch, old in found.items()} == {
        "x86_64": (None, "Failed in 'x'"),
        "s390x": (None, ""),
    }


def test_what_only_another_plugin_could_read_is_nothing_to_reuse() -> None:
    newer = {**CHILD, "request": [*CHILD["request"][:-1], {"schema": 99}]}
    (old,) = ledger(getTaskChildren=[newer], getTaskResult="?").arch_tasks(40).values()
    assert (old.job, old.result) == (None, None)
    assert old.error == "its result is not one that this plugin reads"


def test_builds() -> None:
    info = {"build_id": 3, "name": "a", "version": "1", "release": "2", "state": 3, "task_id": 40}
    old = OldBuild("a-1-2", "FAILED", 40)
    assert ledger(getBuild=info).build("a-1-2") == old
    assert ledger(listBuilds=[{**info, "build_id": 2, "state": 1}, info]).build_of(40) == old
    assert ledger(getBuild=None).build("a-1-2") is None
    assert ledger(listBuilds=[]).build_of(40) is None


class Files(BaseHTTPRequestHandler):
    """Koji's files, all with the content ``bits``; what is called ``broken`` is an error."""

    def do_GET(self) -> None:  # the library's name
        status = 200 if "work" in self.path else 404
        self.send_response(500 if "broken" in self.path else status)
        self.end_headers()
        self.wfile.write(b"bits")

    def log_message(self, *_args: object) -> None:  # type: ignore[override]
        """Nobody wants to know."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Files) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_files_over_the_network(address: str) -> None:
    opened = KojiShelf(address).open(42, "a.raw", A)
    assert opened is not None
    with opened as stream:
        assert stream.read() == b"bits"
    with pytest.raises(requests.HTTPError):
        KojiShelf(address).open(42, "broken", A)


def test_files_of_a_mounted_folder(tmp_path: Path) -> None:
    images = tmp_path / "packages/a/1/2/images"
    images.mkdir(parents=True)
    (images / "a.raw").write_bytes(b"bits")
    opened = KojiShelf(str(tmp_path)).open(42, "a.raw", A)
    assert opened is not None
    with opened as stream:
        assert stream.read() == b"bits"
    assert KojiShelf(str(tmp_path)).open(42, "b.raw", A) is None

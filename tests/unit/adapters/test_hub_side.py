"""Children, other builders and destinations, through Koji's own client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.adapters import taggable
from koji_imagebuild.adapters.children import KojidChildren
from koji_imagebuild.adapters.fleet import KojidFleet
from koji_imagebuild.model.target import Target

from .koji_side import Session, running

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target("minidist", 2, "minidist-build", 3, "minidist-candidate")
RESULT = {"arch": "x86_64", "task_id": 43, "name": "n", "version": "1", "release": "2"}


@dataclass
class Child:
    method: str
    request: list[Any]
    label: str | None
    state: str = "OPEN"
    answer: Any = None


@dataclass
class Tasks:
    """Children of task 42; those that are not open are finished."""

    children: dict[int, Child] = field(default_factory=dict)
    canceled: list[int] = field(default_factory=list)

    def get_task_children(self, task_id: int, request: bool) -> list[dict[str, Any]]:  # noqa: FBT001  # Koji's
        assert (task_id, request) == (42, True)
        return [
            {"id": number, "method": c.method, "label": c.label, "request": c.request}
            for number, c in self.children.items()
        ]

    def host_subtask(
        self, method: str, arglist: list[Any], parent: int, label: str, arch: str
    ) -> int:
        """As kojihub's: one label, one task."""
        assert (parent, label) == (42, arch)
        for number, child in self.children.items():
            if child.label == label:
                return number
        self.children[50 + len(self.children)] = Child(method, arglist, label)
        return 49 + len(self.children)

    def host_task_set_wait(self, task_id: int, tasks: list[int]) -> None:
        assert set(tasks) <= set(self.children)

    def host_task_wait(self, task_id: int) -> list[list[int]]:
        finished = [number for number, c in self.children.items() if c.state != "OPEN"]
        return [finished, [number for number in self.children if number not in finished]]

    def host_task_wait_results(
        self, task_id: int, tasks: list[int], canfail: list[int] | None = None
    ) -> list[list[Any]]:
        finished = self.host_task_wait(task_id)[0]
        answers = []
        for number in finished:
            child = self.children[number]
            if child.state == "FAILED":
                assert canfail
                assert number in canfail
                answers.append([number, {"faultCode": 1005, "faultString": child.answer}])
            else:
                answers.append([number, child.answer])
        return answers

    def cancel_task_children(self, task_id: int) -> None:
        self.canceled.append(task_id)

    def get_task_info(self, task_id: int) -> dict[str, Any]:
        return {"id": task_id, "host_id": task_id + 100}

    def get_host(self, host: int, *, strict: bool) -> dict[str, Any]:
        assert strict
        return {"id": host, "name": f"builder-{host}"}


def test_existing_children_are_those_that_build_an_arch(tmp_path: Path) -> None:
    hub = Tasks(
        {
            43: Child("createKiwiImage", ["n", "1"], "x86_64"),
            44: Child("waitrepo", ["t"], "waitrepo"),
            45: Child("tagBuild", [3, 9], "tag"),
        }
    )

    existing = KojidChildren(running(hub, tmp_path)).existing()

    assert {arch: (c.task_id, c.arguments) for arch, c in existing.items()} == {
        "x86_64": (43, ("n", "1"))
    }


def test_spawning_twice_makes_one_child(tmp_path: Path) -> None:
    children = KojidChildren(running(Tasks(), tmp_path))

    assert children.spawn("createKiwiImage", ["n"], "x86_64") == 50
    assert children.spawn("createKiwiImage", ["n"], "aarch64") == 51
    assert children.spawn("createKiwiImage", ["n"], "x86_64") == 50


def test_a_result_and_a_failure(tmp_path: Path) -> None:
    hub = Tasks(
        {
            43: Child("createKiwiImage", [], "x86_64", "CLOSED", {**RESULT, "files": ["a.qcow2"]}),
            44: Child("createKiwiImage", [], "aarch64", "FAILED", "nothing provides libfoo"),
            45: Child("createKiwiImage", [], "s390x"),
        }
    )

    done, failed = KojidChildren(running(hub, tmp_path)).wait_any((43, 44, 45))

    assert done.task_id == 43
    assert done.result is not None
    assert (done.result.files, done.result.host) == (("a.qcow2",), "builder-143")
    assert (failed.task_id, failed.result, failed.error) == (44, None, "nothing provides libfoo")


def test_a_failure_without_words_is_one_all_the_same(tmp_path: Path) -> None:
    hub = Tasks({43: Child("createKiwiImage", [], "x86_64", "FAILED", "")})

    (ended,) = KojidChildren(running(hub, tmp_path)).wait_any((43,))

    assert ended.error == "failed"


def test_all_are_canceled_at_once(tmp_path: Path) -> None:
    hub = Tasks()

    KojidChildren(running(hub, tmp_path)).cancel()

    assert hub.canceled == [42]


@dataclass
class Builders:
    """Host 1 is this one; 2 is another; 3 is busy elsewhere, 4 disabled."""

    refused: list[int] = field(default_factory=list)
    had: list[int] = field(default_factory=list)
    arches: dict[int, str] = field(default_factory=lambda: {1: "x86_64", 2: "x86_64 i386"})

    def host_get_host(self) -> dict[str, Any]:
        return {"id": 1, "name": "builder"}

    def host_get_id(self) -> int:
        return 1

    def list_hosts(
        self, arches: list[str], channel_id: int, *, ready: bool, enabled: bool
    ) -> list[dict[str, Any]]:
        assert (channel_id, ready, enabled) == (5, True, True)
        return [
            {"id": number, "name": f"builder-{number}"}
            for number, own in self.arches.items()
            if set(arches) & set(own.split())
        ]

    def scheduler_get_task_refusals(self, clauses: list[list[Any]]) -> list[dict[str, Any]]:
        assert clauses == [["task_id", 42]]
        return [{"task_id": 42, "host_id": number} for number in self.refused]

    def list_buildroots(self, *, task_id: int) -> list[dict[str, Any]]:
        assert task_id == 42
        return [{"id": 7, "task_id": 42, "host_id": number} for number in self.had]


@pytest.mark.parametrize(
    ("arch", "refused", "had", "elsewhere"),
    [
        ("x86_64", [], [], True),
        ("x86_64", [2], [], False),
        ("x86_64", [1], [1, 1], True),
        ("x86_64", [], [1, 2, 2], False),
        ("i686", [], [], True),
        ("aarch64", [], [], False),
    ],
)
def test_whether_another_builder_could(
    tmp_path: Path,
    arch: str,
    refused: list[int],
    had: list[int],
    elsewhere: bool,  # noqa: FBT001  # expected
) -> None:
    fleet = KojidFleet(running(Builders(refused, had), tmp_path), arch)

    assert fleet.elsewhere() is elsewhere
    assert fleet.moves == len({2} & set(had))


def test_alone_there_is_nobody_else(tmp_path: Path) -> None:
    fleet = KojidFleet(running(Builders(arches={1: "x86_64"}), tmp_path), "x86_64")

    assert (fleet.host, fleet.elsewhere()) == ("builder", False)


@dataclass
class Destination:
    package: dict[str, Any] | None = field(default_factory=lambda: {"blocked": False})
    locked: bool = False
    perm: str | None = None
    user_perms: tuple[str, ...] = ()

    def get_package_config(self, tag: str, name: str) -> dict[str, Any] | None:
        assert (tag, name) == ("minidist-candidate", "minidist-Disk")
        return self.package

    def get_tag(self, tag: int, *, strict: bool) -> dict[str, Any]:
        assert (tag, strict) == (3, True)
        return {"id": 3, "locked": self.locked, "perm": self.perm}

    def get_user_perms(self, user: int) -> list[str]:
        assert user == 1
        return list(self.user_perms)


@pytest.mark.parametrize(
    ("destination", "what", "repair"),
    [
        (Destination(package=None), "is not in the list of tag", "koji add-pkg --owner"),
        (Destination(package={"blocked": True}), "is blocked in tag", "koji unblock-pkg"),
        (Destination(locked=True), "is locked", "koji edit-tag --unlock minidist-candidate"),
        (Destination(perm="release"), "needs the permission release", "koji grant-permission"),
        (Destination(perm="a", user_perms=("b",)), "needs the permission a", "--skip-tag"),
    ],
)
def test_why_a_build_could_not_be_tagged(destination: Destination, what: str, repair: str) -> None:
    refusal = taggable.refusal(Session(destination), TARGET, "minidist-Disk", 1)

    assert refusal is not None
    assert what in refusal.what
    assert repair in refusal.repair
    assert refusal.faultCode == koji.BuildError.faultCode


@pytest.mark.parametrize(
    "destination",
    [
        Destination(),
        Destination(perm="release", user_perms=("release",)),
        Destination(perm="release", user_perms=("admin",)),
    ],
)
def test_what_can_be_tagged(destination: Destination) -> None:
    assert taggable.refusal(Session(destination), TARGET, "minidist-Disk", 1) is None

"""Which tasks can be rebuilt, by whom, and what the task of a rebuild is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import koji
import pytest

from koji_imagebuild.adapters import admission, rebuild_admission
from koji_imagebuild.adapters.configuration import HubConfiguration
from koji_imagebuild.adapters.rebuild_admission import OriginTask
from koji_imagebuild.errors import RequestError
from koji_imagebuild.pipeline import doors
from koji_imagebuild.pipeline.rebuild.origin import OldBuild

from . import test_admission

OPTS: dict[str, object] = {
    "schema": 1,
    "scratch": False,
    "profile": "Disk",
    "release": "3",
    "event": 1200,
    "optional_arches": ["aarch64"],
}
ORIGIN = OriginTask(
    id=40,
    method="imageBuildLocal",
    arguments=("minidist", ["x86_64", "aarch64"], "kiwi", test_admission.SOURCE, OPTS),
    state="FAILED",
    owner=7,
    parent=None,
)
OLD_KIWI = replace(
    ORIGIN,
    method="kiwiBuild",
    arguments=(
        *("minidist", ["x86_64"], test_admission.URL, "a.kiwi"),
        {"scratch": True, "optional_arches": [], "use_buildroot_repo": True},
    ),
)


@dataclass
class Hub(test_admission.Hub):
    caller: int = 7
    origins: dict[int, OriginTask] = field(default_factory=lambda: {40: ORIGIN})
    builds: dict[str, OldBuild] = field(default_factory=dict)

    def task(self, task_id: int) -> OriginTask | None:
        return self.origins.get(task_id)

    def build(self, nvr: str) -> OldBuild | None:
        return self.builds.get(nvr)


def admit(hub: Hub, origin: object = 40, arches: object = None, opts: object = None) -> list[Any]:
    rebuild_admission.admit(origin, arches, opts, None, hub, HubConfiguration())
    ((method, arguments, _channel, _priority),) = hub.tasks
    assert method == hub.origins[40].method
    return arguments


def refused(kind: type[Exception], hub: Hub, *asked: Any) -> str:
    with pytest.raises(kind) as caught:
        admit(hub, *asked)
    assert hub.tasks == []
    return str(caught.value)


def test_the_task_is_asked_what_the_origin_was_asked() -> None:
    *others, opts = admit(Hub())

    assert others == list(ORIGIN.arguments[:4])
    assert {key: opts[key] for key in ("profile", "optional_arches", "rebuild")} == {
        "profile": "Disk",
        "optional_arches": ["aarch64"],
        "rebuild": {"task": 40},
    }
    # The release may be taken, and the repository is that of the origin's arch tasks.
    assert not {"release", "event"} & set(opts)
    assert doors.read("imageBuildLocal", [*others, opts]).options.rebuild is not None


def test_what_may_be_asked_differently() -> None:
    opts = {"scratch": True, "fresh_repo": True, "failable_arches": [], "release": None}

    *_, found = admit(Hub(), 40, ["x86_64"], opts)

    assert found["rebuild"] == {"task": 40, "arches": ["x86_64"], "fresh_repo": True}
    assert found["scratch"] is True
    assert "optional_arches" not in found


@pytest.mark.parametrize(
    ("arches", "opts", "says"),
    [
        (None, {"profile": "Live"}, "opts: unknown option 'profile'"),
        (None, {"rebuild": {}}, "opts: unknown option 'rebuild'"),
        (None, {"scratch": "yes"}, "opts.scratch: expected a boolean"),
        (["x86_64"], {"all": True}, "all and arches exclude each other"),
        (None, {"fresh_repo": True, "event": 3}, "fresh_repo and a repository"),
        (["../x"], None, "'../x' is not an architecture"),
        ("x86_64", None, "request.arches: expected a list"),
    ],
)
def test_what_may_not(arches: object, opts: object, says: str) -> None:
    assert says in refused(RequestError, Hub(), 40, arches, opts)


def test_a_build_stands_for_its_task() -> None:
    hub = Hub(builds={"a-1-2": OldBuild("a-1-2", "FAILED", 40)})

    assert admit(hub, "a-1-2")[-1]["rebuild"] == {"task": 40}


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        (41, "There is no task 41"),
        ("41", "There is no task 41"),
        ("a-1-9", "There is no build a-1-9"),
        ("a-1-2", "Build a-1-2 was not built by a task"),
        (
            "a-1-3",
            "Build a-1-3 is deleted\nIts task knows what was asked: koji image-rebuild-local",
        ),
        (None, "origin: expected a task id or an N-V-R"),
        (True, "origin: expected a task id or an N-V-R"),
    ],
)
def test_an_origin_that_is_gone(origin: object, says: str) -> None:
    builds = {"a-1-2": OldBuild("a-1-2", "COMPLETE", None), "a-1-3": OldBuild("", "DELETED", 40)}

    assert refused(RequestError, Hub(builds=builds), origin).startswith(says)


def test_one_that_still_runs() -> None:
    hub = Hub(origins={40: replace(ORIGIN, state="OPEN")})

    assert "Task 40 is still OPEN\nWait for its end, or end it: koji cancel 40" in refused(
        RequestError, hub
    )


def test_one_that_is_another_plugins() -> None:
    hub = Hub(origins={40: replace(ORIGIN, method="createKiwiImage", parent=39)})

    assert "no image build of this plugin\nIts parent may be one: task 39" in refused(
        RequestError, hub
    )
    closed = HubConfiguration(kiwi_build=False)
    with pytest.raises(RequestError, match="kiwiBuild"):
        rebuild_admission.admit(40, None, None, None, Hub(origins={40: OLD_KIWI}), closed)


def test_somebody_elses_build_but_not_their_scratch_build() -> None:
    admit(Hub(caller=8))
    hub = Hub(caller=8, origins={40: OLD_KIWI})

    assert "somebody else's scratch build" in refused(koji.ActionNotAllowed, hub, 40)
    *_, opts = admit(Hub(origins={40: OLD_KIWI}))
    assert opts["scratch"] is True


def test_permission_priority_and_policy_are_those_of_a_first_build() -> None:
    assert "image permission" in refused(koji.ActionNotAllowed, Hub(permissions=()))
    hub = Hub(policies={"image_build_local": False})
    assert "policy violation" in refused(koji.ActionNotAllowed, hub)


def test_nobody_else_asks_for_a_rebuild() -> None:
    arguments = [*ORIGIN.arguments[:4], {"rebuild": {"task": 40}}]

    with pytest.raises(RequestError, match="only imageRebuildLocal"):
        admission.admit("imageBuildLocal", arguments, None, Hub(), HubConfiguration())

"""``imageRebuildLocal`` of the hub plugin's file, on the small hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import koji
import pytest

from .small_hub import User
from .test_hub_plugin import SOURCE

if TYPE_CHECKING:
    from .hub_plugin import Load, Loaded

ORIGIN: dict[str, Any] = {
    "method": "imageBuildLocal",
    "request": ["minidist", ["x86_64"], "kiwi", SOURCE, {"scratch": False}],
    "state": koji.TASK_STATES["FAILED"],
    "owner": 7,
    "parent": None,
}


def loaded(load: Load, **changes: object) -> Loaded:
    plugin = load()
    plugin.hub.earlier[40] = {**ORIGIN, **changes}
    plugin.hub.builds["a"] = {"state": koji.BUILD_STATES["FAILED"], "task_id": 40}
    return plugin


@pytest.mark.parametrize("origin", [40, "40", "a-1-2"])
def test_it_makes_a_task_of_the_origins_method(load: Load, origin: object) -> None:
    plugin = loaded(load)

    assert plugin.call("imageRebuildLocal", origin, ["x86_64"], {"scratch": True}) == 41

    ((method, arguments, options),) = plugin.hub.tasks
    assert (method, arguments[:4]) == ("imageBuildLocal", ORIGIN["request"][:4])
    assert arguments[4]["rebuild"] == {"task": 40, "arches": ["x86_64"]}
    assert options["channel"] == "image"


def test_policies_see_what_they_see_of_a_first_build(load: Load) -> None:
    plugin = loaded(load)
    koji.context.context.policy["image_build_local"] = True

    plugin.call("imageRebuildLocal", 40, None, {"scratch": True})

    ((_name, data),) = plugin.hub.consulted
    assert (data["target"], data["scratch"]) == ("minidist", True)


def test_unknown_origins_and_callers_are_refused(load: Load) -> None:
    plugin = loaded(load)

    with pytest.raises(koji.ParameterError, match="There is no task 39"):
        plugin.call("imageRebuildLocal", 39)
    with pytest.raises(koji.ParameterError, match="There is no build b-1-2"):
        plugin.call("imageRebuildLocal", "b-1-2")
    with pytest.raises(koji.ActionNotAllowed):
        plugin.call("imageRebuildLocal", 40, user=User(permissions=()))
    assert plugin.hub.tasks == []


def test_a_scratch_build_is_its_owners(load: Load) -> None:
    request = [*ORIGIN["request"][:4], {"scratch": True}]
    plugin = loaded(load, request=request, owner=8)

    with pytest.raises(koji.ActionNotAllowed, match="somebody else's scratch build"):
        plugin.call("imageRebuildLocal", 40)

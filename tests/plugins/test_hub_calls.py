"""The hub plugin's calls: who may, what is checked, which task is made."""

from __future__ import annotations

import inspect
from typing import Any

import koji
import koji.tasks
import pytest
from koji.context import context

from koji_imagebuild.errors import RequestError

from .hub_plugin import SOURCE, URL, Load
from .small_hub import User


def test_a_task_is_made(load: Load) -> None:
    plugin = load("channel = images")
    opts = {"scratch": True, "profile": "Disk", "release": None}

    answer = plugin.call("imageBuildLocal", "minidist", ["x86_64"], "kiwi", SOURCE, opts, 5)

    ((method, arguments, made),) = plugin.hub.tasks
    assert (answer, method) == (41, "imageBuildLocal")
    assert arguments[:4] == ["minidist", ["x86_64"], "kiwi", SOURCE]
    assert {key: arguments[4][key] for key in ("schema", "scratch", "profile")} == {
        "schema": 1,
        "scratch": True,
        "profile": "Disk",
    }
    assert "release" not in arguments[4]
    assert made == {"channel": "images", "priority": koji.PRIO_DEFAULT + 5}


def test_what_pungi_sends_makes_kojis_own_task(load: Load) -> None:
    """Pungi names every option, None where nothing is configured."""
    plugin = load()
    options = dict.fromkeys(inspect.signature(plugin.exported["kiwiBuild"]).parameters)
    asked: dict[str, Any] = {**options, "target": "minidist", "arches": ["x86_64"]}
    asked.update(desc_url=URL, desc_path="minidist.kiwi", profile="Disk", scratch=False)

    plugin.call("kiwiBuild", **asked)

    opts = {"profile": "Disk", "use_buildroot_repo": True}
    assert plugin.hub.tasks == [
        (
            "kiwiBuild",
            ["minidist", ["x86_64"], URL, "minidist.kiwi", opts],
            {"channel": "image", "priority": koji.PRIO_DEFAULT},
        )
    ]


def test_what_pungi_sends_makes_koji_image_builders_own_task(load: Load) -> None:
    """Pungi gives types, name and version by keyword, and only the options it has."""
    plugin = load()
    opts = {"repos": ["https://h/$arch"], "seed": 7, "ostree": {"ref": "fedora/44/$arch/iot"}}

    plugin.call(
        "imageBuilderBuild",
        "minidist",
        ["x86_64"],
        types=["iot-commit"],
        name="Fedora-IoT",
        version="44",
        opts=opts,
    )

    assert plugin.hub.tasks == [
        (
            "imageBuilderBuild",
            ["minidist", ["x86_64"], ["iot-commit"], "Fedora-IoT", "44", opts],
            {"channel": "image", "priority": koji.PRIO_DEFAULT},
        )
    ]


def test_a_blueprint_is_read_before_there_is_a_task(load: Load) -> None:
    plugin = load()

    with pytest.raises(RequestError, match=r"opts.blueprint.customizations: unknown key hostnme"):
        plugin.call(
            "imageBuilderBuild",
            *("minidist", [], ["qcow2"], "n", "1"),
            {"blueprint": {"customizations": {"hostnme": "x"}}},
        )
    assert plugin.hub.tasks == []


def test_without_the_permission_nothing_is_read(load: Load) -> None:
    plugin = load("permission = builds-images")

    with pytest.raises(koji.ActionNotAllowed, match="builds-images permission required"):
        plugin.call("imageBuildLocal", "gone", 5, None, None)


def test_an_admin_may_and_may_hurry(load: Load) -> None:
    plugin = load()

    plugin.call("kiwiBuild", "minidist", [], URL, "a.kiwi", priority=-5, user=User(1, ("admin",)))

    assert plugin.hub.tasks[0][2]["priority"] == koji.PRIO_DEFAULT - 5


def test_an_unknown_target_is_refused_in_kojis_words(load: Load) -> None:
    with pytest.raises(koji.GenericError, match="No matching build target found: gone"):
        load().call("kiwiBuild", "gone", [], URL, "a.kiwi")


def test_a_build_tag_without_arches(load: Load) -> None:
    plugin = load()
    plugin.hub.arches = None

    with pytest.raises(RequestError, match="has no arch x86_64"):
        plugin.call("kiwiBuild", "minidist", ["x86_64"], URL, "a.kiwi")


def test_no_policy_allows(load: Load) -> None:
    plugin = load()

    plugin.call("kiwiBuild", "minidist", [], URL, "a.kiwi")

    assert plugin.hub.consulted == []


@pytest.mark.parametrize("method", ["imageBuildLocal", "kiwiBuild"])
def test_a_policy_sees_target_and_scratch(
    load: Load, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    plugin = load()
    plugin.hub.denied = ("image_build_local",)
    monkeypatch.setattr(context, "policy", {"image_build_local": object()})
    own = ("kiwi", SOURCE, {"scratch": True})
    koji_s = (URL, "a.kiwi", None, None, True)

    with pytest.raises(koji.ActionNotAllowed, match="policy violation"):
        plugin.call(method, "minidist", [], *(own if method == "imageBuildLocal" else koji_s))

    data = {"user_id": 7, "method": method, "target": "minidist", "scratch": True}
    assert plugin.hub.consulted == [("image_build_local", data)]
    assert plugin.hub.tasks == []

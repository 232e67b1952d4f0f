"""The hub plugin's file, loaded by Koji's own tracker beside a small hub."""

from __future__ import annotations

import inspect
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import koji
import koji.plugin
import koji.tasks
import pytest
from koji.context import context

from koji_imagebuild.adapters import configuration, signatures
from koji_imagebuild.errors import Misconfigured, RequestError

from .small_hub import KojiHub, User

TOP = Path(__file__).resolve().parents[2]
PREFIX = "_koji_plugin__"

#: What Pungi and koji kiwi-build call: Koji's own kiwi plugin's parameters and defaults.
KIWI_BUILD = (
    "(target, arches, desc_url, desc_path, optional_arches=None, profile=None, scratch=False,"
    " priority=None, make_prep=False, repos=None, release=None, type=None, type_attr=None,"
    " result_bundle_name_format=None, use_buildroot_repo=None, version=None, repo_releasever=None)"
)
#: koji-image-builder's, version 12.
IMAGE_BUILDER_BUILD = "(target, arches, types, name, version, opts=None, priority=None)"
IMAGE_BUILD_LOCAL = "(target, arches, tool, source, opts=None, priority=None)"

URL = "git+https://127.0.0.1/scm/descriptions#main"
SOURCE = {"url": URL, "path": "minidist.kiwi"}
SIGNATURES = tuple(signatures.SIGNATURES)


@dataclass
class Loaded:
    module: ModuleType
    hub: KojiHub

    @property
    def exported(self) -> dict[str, Callable[..., int]]:
        """As ``HandlerRegistry.register_plugin`` of kojihub/kojixmlrpc.py finds them."""
        return {
            getattr(value, "export_alias", value.__name__): value
            for value in vars(self.module).values()
            if not isinstance(value, type) and callable(value) and hasattr(value, "exported")
        }

    def call(self, name: str, /, *args: Any, user: User | None = None, **kwargs: Any) -> int:
        context.session = user or User()
        return self.exported[name](*args, **kwargs)


Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the plugin with a configuration, as the hub does at its start."""
    for name in SIGNATURES:
        monkeypatch.delitem(koji.tasks.LEGACY_SIGNATURES, name, raising=False)
    monkeypatch.setattr(context, "policy", {}, raising=False)
    monkeypatch.setattr(context, "session", None, raising=False)
    path = tmp_path / "image_build_local.conf"
    monkeypatch.setenv(configuration.HUB_VARIABLE, str(path))

    def loaded(*lines: str) -> Loaded:
        path.write_text("\n".join(("[image_build_local]", *lines)))
        hub = KojiHub()
        monkeypatch.setitem(sys.modules, "kojihub", hub)
        name = f"{PREFIX}image_build_local"
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        monkeypatch.delitem(sys.modules, name)
        tracker = koji.plugin.PluginTracker(path=[str(TOP / "hub_plugin")])
        return Loaded(tracker.load("image_build_local"), hub)

    return loaded


def signature(function: Callable[..., Any]) -> str:
    """Names and defaults, without types."""
    parameters = inspect.signature(function).parameters.values()
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return str(inspect.Signature(bare))


def test_exactly_these_calls_are_exported(load: Load) -> None:
    exported = load().exported

    assert {name: signature(function) for name, function in exported.items()} == {
        "imageBuildLocal": IMAGE_BUILD_LOCAL,
        "imageRebuildLocal": "(origin, arches=None, opts=None, priority=None)",
        "kiwiBuild": KIWI_BUILD,
        "imageBuilderBuild": IMAGE_BUILDER_BUILD,
    }
    assert all(function.__doc__ for function in exported.values())


def test_the_doors_for_pungi_can_be_closed(load: Load) -> None:
    closed = load("kiwi_build = no", "image_builder_build = no")

    assert set(closed.exported) == {"imageBuildLocal", "imageRebuildLocal"}


def test_nothing_listens_to_callbacks(load: Load) -> None:
    values = vars(load().module).values()

    assert not [value for value in values if getattr(value, "callbacks", None)]


def rival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"{PREFIX}kiwi", ModuleType("kiwi"))


def test_it_does_not_start_beside_kojis_own_plugin(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival(monkeypatch)

    with pytest.raises(Misconfigured, match="kiwi and image_build_local are both enabled"):
        load()


def test_kojis_own_plugin_loaded_later_is_noticed_by_the_first_call(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = load()
    rival(monkeypatch)

    with pytest.raises(Misconfigured, match="both enabled"):
        plugin.call("imageBuildLocal", "minidist", [], "kiwi", SOURCE)
    assert plugin.hub.tasks == []


def test_beside_kojis_own_plugin_with_the_door_closed(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival(monkeypatch)
    plugin = load("kiwi_build = no")

    assert plugin.call("imageBuildLocal", "minidist", [], "kiwi", SOURCE) == 41


def test_a_wrong_configuration_stops_the_hub(load: Load) -> None:
    with pytest.raises(Misconfigured, match="unknown key permision"):
        load("permision = image")


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


def test_tasks_are_readable_by_their_parameters(load: Load) -> None:
    load()

    parsed = koji.tasks.parse_task_params(
        "createKiwiImage", ["n", "1", "2", "x86_64", {}, 2, {}, URL, "a.kiwi", {"scratch": True}]
    )

    assert parsed["opts"] == {"scratch": True}
    assert koji.tasks.parse_task_params("kiwiBuild", ["t", [], URL, "a.kiwi"])["opts"] is None


def test_loading_costs_the_hub_little() -> None:
    """Every process of the web server loads it. Seconds of processor time, after Koji itself."""
    code = (
        "import sys, time, types, koji.plugin, koji.tasks, koji.context\n"
        "sys.modules['kojihub'] = types.ModuleType('kojihub')\n"
        "start = time.process_time()\n"
        "koji.plugin.PluginTracker().load('image_build_local', path=sys.argv[1])\n"
        "print(time.process_time() - start, 'koji.daemon' in sys.modules)"
    )
    words = subprocess.run(
        [sys.executable, "-c", code, TOP / "hub_plugin"],
        env={"PYTHONPATH": str(TOP), configuration.HUB_VARIABLE: "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert float(words[0]) < 0.5
    assert words[1] == "False"

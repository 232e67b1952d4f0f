"""What the hub lets through, and what lands in the task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.adapters import admission
from koji_imagebuild.adapters.configuration import HubConfiguration
from koji_imagebuild.errors import RequestError
from koji_imagebuild.pipeline import doors

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "git+https://127.0.0.1/scm/descriptions#main"
SOURCE = {"url": URL, "path": "minidist/minidist.kiwi"}
UPLOAD = {
    "upload": "cli-image-build-local/1763636400.2.abcd/folder.tar.gz",
    "sha256": "0" * 64,
    "path": "minidist.kiwi",
}


@dataclass
class Hub:
    """The rules of kojihub that admission leans on."""

    permissions: tuple[str, ...] = ("image",)
    tag_arches: str = "x86_64 aarch64 armv7hl"
    policies: dict[str, bool] = field(default_factory=dict)
    tasks: list[tuple[str, list[object], str, int]] = field(default_factory=list)

    def assert_permission(self, name: str) -> None:
        if not {name, "admin"} & set(self.permissions):
            raise koji.ActionNotAllowed(f"{name} permission required")

    def has_permission(self, name: str) -> bool:
        return name in self.permissions

    def arches(self, target: str) -> str:
        if target != "minidist":
            raise koji.GenericError(f"No matching build target found: {target}")
        return self.tag_arches

    def check_policy(self, name: str, method: str, arguments: Sequence[object]) -> None:
        if not self.policies.get(name, True):
            raise koji.ActionNotAllowed(f"policy violation ({name})")

    def make_task(self, method: str, arguments: list[object], channel: str, priority: int) -> int:
        self.tasks.append((method, arguments, channel, priority))
        return 41


def admit(
    hub: Hub,
    *,
    arches: object = ("x86_64",),
    opts: object = None,
    priority: object = None,
    configuration: HubConfiguration = HubConfiguration(),  # noqa: B008  # a frozen value
    target: object = "minidist",
    source: object = SOURCE,
) -> int:
    arguments = [target, list(arches) if isinstance(arches, tuple) else arches]
    return admission.admit(
        "imageBuildLocal", [*arguments, "kiwi", source, opts], priority, hub, configuration
    )


def refused(kind: type[Exception], **asked: Any) -> str:
    hub = asked.pop("hub", Hub())
    with pytest.raises(kind) as caught:
        admit(hub, **asked)
    assert hub.tasks == []
    return str(caught.value)


def test_what_lands_in_the_task_is_what_was_understood() -> None:
    hub = Hub()
    opts = {"scratch": True, "release": None, "failable_arches": ["aarch64"], "type": ["oem"]}

    assert admit(hub, arches=("x86_64", "aarch64"), opts=opts) == 41

    ((method, arguments, channel, priority),) = hub.tasks
    assert (method, channel, priority) == ("imageBuildLocal", "image", koji.PRIO_DEFAULT)
    target, arches, tool, source, kept = arguments
    assert [target, arches, tool, source] == ["minidist", ["x86_64", "aarch64"], "kiwi", SOURCE]
    assert isinstance(kept, dict)
    assert (kept["schema"], kept["optional_arches"], kept["type"]) == (1, ["aarch64"], "oem")
    assert None not in kept.values()
    assert doors.read(method, arguments) == doors.image_build_local(
        "minidist", ["x86_64", "aarch64"], "kiwi", SOURCE, opts
    )


def test_no_arches_means_all_of_them_and_stays_so() -> None:
    hub = Hub()

    admit(hub, arches=None)

    assert hub.tasks[0][1][1] == []


def test_permission_and_channel_are_the_administrators_choice() -> None:
    configuration = HubConfiguration(permission="big-images", channel="big")
    hub = Hub(permissions=("big-images",))

    assert "big-images permission required" in refused(
        koji.ActionNotAllowed, configuration=configuration
    )
    admit(hub, configuration=configuration)
    assert hub.tasks[0][2] == "big"


@pytest.mark.parametrize(("asked", "absolute"), [(None, 20), (0, 20), (7, 27)])
def test_priorities_are_relative(asked: object, absolute: int) -> None:
    hub = Hub()

    admit(hub, priority=asked)

    assert hub.tasks[0][3] == absolute


def test_only_admins_hurry() -> None:
    assert "only admins" in refused(koji.ActionNotAllowed, priority=-1)

    hub = Hub(permissions=("image", "admin"))
    admit(hub, priority=-1)
    assert hub.tasks[0][3] == koji.PRIO_DEFAULT - 1


@pytest.mark.parametrize("priority", ["5", 1.5, True, [], {}])
def test_a_priority_is_a_whole_number(priority: object) -> None:
    assert "priority: expected a whole number" in refused(RequestError, priority=priority)


def test_an_unknown_target() -> None:
    assert "No matching build target found: gone" in refused(koji.GenericError, target="gone")


@pytest.mark.parametrize("target", [None, 5, "-x", "a b", ""])
def test_what_is_no_target_is_not_looked_up(target: object) -> None:
    assert refused(RequestError, target=target).startswith("target")


def test_an_arch_that_the_target_does_not_have() -> None:
    said = refused(RequestError, arches=("x86_64", "s390x"))

    assert said == "Target minidist has no arch s390x; it has aarch64 armhfp x86_64"


def test_arches_are_compared_as_koji_does() -> None:
    """A tag says i686 or armv7hl, a request i386 or armhfp."""
    assert admit(Hub(tag_arches="i686 armv7hl"), arches=("i386", "armhfp")) == 41


@pytest.mark.parametrize("arches", ["x86_64", [5], {"x86_64": 1}, 5, ["-x"], ["x86_64 s390x"]])
def test_what_is_no_list_of_arches(arches: object) -> None:
    assert "arches" in refused(RequestError, arches=arches)


def test_unknown_rpms_are_the_administrators_choice() -> None:
    opts = {"allow_unknown_rpms": True}
    hub = Hub()

    assert "allow_unknown_rpms in image_build_local.conf" in refused(
        koji.ActionNotAllowed, opts=opts
    )
    admit(hub, opts=opts, configuration=HubConfiguration(allow_unknown_rpms=True))
    assert dict(hub.tasks[0][1][4])["allow_unknown_rpms"] is True  # type: ignore[call-overload]


def test_a_policy_that_says_no() -> None:
    hub = Hub(policies={"image_build_local": False})

    assert "policy violation (image_build_local)" in refused(koji.ActionNotAllowed, hub=hub)


def test_a_folder_is_for_scratch_builds_only() -> None:
    hub = Hub()

    assert "scratch" in refused(RequestError, source=UPLOAD)
    admit(hub, source=UPLOAD, opts={"scratch": True})
    assert hub.tasks[0][1][3] == UPLOAD


@pytest.mark.parametrize(
    ("opts", "said"),
    [
        ({"prof": "Disk"}, "opts: unknown option 'prof'"),
        ({"profile": 5}, "opts.profile: expected a string, got int"),
        ({"profile": "--x"}, "opts.profile"),
        ({"repos": "http://127.0.0.1/"}, "opts.repos: expected a list, got string"),
        ({"schema": 2}, "opts.schema is 2"),
        ("scratch", "opts: expected a struct, got string"),
    ],
)
def test_options_are_named_when_they_are_wrong(opts: object, said: str) -> None:
    assert said in refused(RequestError, opts=opts)


OPTIONS = (
    *("optional_arches", "profile", "scratch", "make_prep", "repos", "release", "type"),
    *("type_attr", "result_bundle_name_format", "use_buildroot_repo", "version"),
    "repo_releasever",
)


def kiwi_build(arches: object = None, **options: object) -> list[object]:
    asked = {**dict.fromkeys(OPTIONS), **options}
    return admission.kiwi_build_arguments("minidist", arches, URL, "a.kiwi", **asked)


@pytest.mark.parametrize("empty", [None, "", [], False])
def test_kiwi_build_keeps_only_what_is_given(empty: object) -> None:
    options = dict.fromkeys(set(OPTIONS) - {"use_buildroot_repo"}, empty)

    kept = {"use_buildroot_repo": True}
    assert kiwi_build(["x86_64"], **options) == ["minidist", ["x86_64"], URL, "a.kiwi", kept]


@pytest.mark.parametrize("several", ["x86_64 aarch64", "x86_64,aarch64", "x86_64, aarch64"])
def test_kiwi_build_takes_strings_for_lists_of_arches(several: str) -> None:
    """As koji.parse_arches of Koji's own plugin does."""
    _, arches, _, _, opts = kiwi_build(several, optional_arches=several)

    assert arches == ["x86_64", "aarch64"]
    assert opts["optional_arches"] == ["x86_64", "aarch64"]


@pytest.mark.parametrize("arches", [None, "", []])
def test_kiwi_build_without_arches(arches: object) -> None:
    assert kiwi_build(arches)[1] == []


@pytest.mark.parametrize(
    ("repos", "asked", "told"),
    [
        (None, None, True),
        (None, True, True),
        (None, False, False),
        (["http://127.0.0.1/"], None, None),
        (["http://127.0.0.1/"], True, True),
        (["http://127.0.0.1/"], False, False),
    ],
)
def test_kiwi_build_tells_older_builders_to_use_the_buildroots_repository(
    repos: object, asked: object, told: object
) -> None:
    """Where no other is given; Pungi sends None for what is not configured."""
    opts: Any = kiwi_build(repos=repos, use_buildroot_repo=asked)[4]

    assert opts.get("use_buildroot_repo") is told


def test_a_kiwi_build_task_is_as_kojis_own_plugin_makes_it() -> None:
    hub = Hub()
    opts = {"type_attr": ["a=b"], "repos": ["http://127.0.0.1/$arch"], "scratch": True}

    admission.admit("kiwiBuild", kiwi_build(**opts), None, hub, HubConfiguration())

    assert hub.tasks[0][:2] == ("kiwiBuild", ["minidist", [], URL, "a.kiwi", opts])


@pytest.mark.parametrize(("key", "value"), [("repos", "http://127.0.0.1/"), ("type_attr", "a=b")])
def test_kiwi_build_refuses_other_strings_for_lists(key: str, value: str) -> None:
    with pytest.raises(RequestError, match=f"opts.{key}: expected a list, got string"):
        admission.admit("kiwiBuild", kiwi_build(**{key: value}), None, Hub(), HubConfiguration())

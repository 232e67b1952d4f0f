"""What arches ask the hub, through Koji's own client, multicall included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import koji
import pytest

from koji_imagebuild.adapters import hub_facts
from koji_imagebuild.adapters.arch_hub import KojidArchHub
from koji_imagebuild.model.rpms import KnownRpm, Rpm
from koji_imagebuild.model.target import Target

from .koji_side import Session
from .rpms import RpmHub, rpm

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = Target("minidist", 2, "minidist-build", 3, "minidist-candidate")


@dataclass
class Origins:
    """The repository of the build root."""

    known: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[Rpm, ...]] = field(default_factory=list)

    def __call__(self, rpms: tuple[Rpm, ...]) -> Mapping[str, str]:
        self.asked.append(rpms)
        return self.known


def test_an_rpm_is_known_by_name_and_sigmd5() -> None:
    origins = Origins()
    asked = [rpm("same"), rpm("other"), rpm("unhashed"), rpm("epel"), rpm("gone"), rpm("same", "")]

    found = KojidArchHub(Session(RpmHub()), origins).resolve(asked)

    assert found.known == (KnownRpm(rpm("epel"), "epel"), KnownRpm(rpm("same"), None))
    assert [each.name for each in found.unknown] == ["other", "unhashed", "gone", "same"]
    assert origins.asked == [found.unknown]


def test_what_the_build_roots_repository_brings_is_known() -> None:
    origins = Origins({"gone-1-1.noarch": "updates", "same-1-1.noarch": "unasked"})

    found = KojidArchHub(Session(RpmHub()), origins).resolve([rpm("gone"), rpm("same")])

    assert found.known == (KnownRpm(rpm("gone"), "updates"), KnownRpm(rpm("same"), None))
    assert found.unknown == ()


def test_keys_in_the_database_are_no_packages() -> None:
    found = KojidArchHub(Session(RpmHub()), Origins()).resolve([rpm("gpg-pubkey"), rpm("same")])

    assert [known.rpm.name for known in found.known] == ["same"]
    assert found.unknown == ()


def test_all_are_asked_in_one_call() -> None:
    session = Session(RpmHub())

    KojidArchHub(session, Origins()).resolve([rpm("same"), rpm("epel")])

    assert session.calls == ["multiCall"]


def test_an_image_without_rpms_asks_nothing() -> None:
    session, origins = Session(RpmHub()), Origins()

    found = KojidArchHub(session, origins).resolve([])

    assert (found.known, found.unknown, session.calls, origins.asked) == ((), (), [], [])


def test_a_hub_that_fails_is_not_taken_for_one_that_does_not_know() -> None:
    with pytest.raises(koji.GenericError, match="the database is away"):
        KojidArchHub(Session(RpmHub()), Origins()).resolve([rpm("refused")])


@dataclass
class TagHub:
    config: dict[str, Any] | None

    def get_build_config(self, tag: int) -> dict[str, Any] | None:
        assert tag == 2
        return self.config


@pytest.mark.parametrize(
    ("arches", "extra", "expected"),
    [
        ("x86_64 i686 i386", {"mock.new_chroot": 0}, (("x86_64", "i386"), True)),
        ("x86_64", {"mock.new_chroot": False}, (("x86_64",), True)),
        ("x86_64", {"mock.new_chroot": 1}, (("x86_64",), False)),
        ("x86_64", {}, (("x86_64",), False)),
        (None, {}, ((), False)),
    ],
)
def test_a_build_tag(
    arches: str | None, extra: dict[str, Any], expected: tuple[tuple[str, ...], bool]
) -> None:
    config = {"id": 2, "name": "minidist-build", "arches": arches, "extra": extra}

    tag = hub_facts.build_tag(Session(TagHub(config)), TARGET)

    assert (tag.arches, tag.host_devices) == expected


def test_a_build_tag_that_is_gone() -> None:
    with pytest.raises(koji.GenericError, match="Target minidist has no build tag minidist-build"):
        hub_facts.build_tag(Session(TagHub(None)), TARGET)

"""The two configuration files, and what is wrong with them."""

from __future__ import annotations

import configparser
import sys
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Callable

import pytest

from koji_imagebuild.adapters import configuration
from koji_imagebuild.adapters.configuration import BuilderConfiguration, HubConfiguration
from koji_imagebuild.errors import Misconfigured


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of both; it does not exist yet."""
    path = tmp_path / "image_build_local.conf"
    monkeypatch.setenv(configuration.HUB_VARIABLE, str(path))
    monkeypatch.setenv(configuration.BUILDER_VARIABLE, str(path))
    return path


def refused(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(Misconfigured) as caught:
        configuration.builder()
    assert str(file) in caught.value.what
    return caught.value.text()


def test_no_file_means_the_defaults(file: Path) -> None:
    assert configuration.hub() == HubConfiguration(
        permission="image",
        channel="image",
        kiwi_build=True,
        image_builder_build=True,
        allow_unknown_rpms=False,
    )
    assert configuration.builder() == BuilderConfiguration(
        kiwi_build=True,
        image_builder_build=True,
        arch_timeout=21600,
        infra_retries=2,
        arch_weight=4.0,
    )


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[image_build_local]\n"])
def test_an_empty_file_means_the_defaults(file: Path, text: str) -> None:
    file.write_text(text)

    assert configuration.hub() == HubConfiguration()


def test_every_key_of_the_hub(file: Path) -> None:
    file.write_text(
        "[image_build_local]\npermission = images%\nchannel = big\nkiwi_build = no\n"
        "allow_unknown_rpms = yes\n"
    )

    assert configuration.hub() == HubConfiguration(
        permission="images%", channel="big", kiwi_build=False, allow_unknown_rpms=True
    )


def test_every_key_of_a_builder(file: Path) -> None:
    file.write_text(
        "[image_build_local]\nkiwi_build = off\narch_timeout = 60\ninfra_retries = 0\n"
        "arch_weight = 1.5\n"
    )

    assert configuration.builder() == BuilderConfiguration(
        kiwi_build=False, arch_timeout=60, infra_retries=0, arch_weight=1.5
    )


def test_an_unknown_key_is_named_beside_those_there_are(file: Path) -> None:
    said = refused(file, "[image_build_local]\narch_timout = 60\n")

    assert "unknown key arch_timout" in said
    assert (
        "Known are kiwi_build, image_builder_build, arch_timeout, infra_retries, arch_weight"
        in said
    )


def test_a_key_of_the_other_side_is_unknown(file: Path) -> None:
    assert "unknown key channel" in refused(file, "[image_build_local]\nchannel = image\n")


@pytest.mark.parametrize("section", ["image-build-local", "kiwi", "Image_Build_Local"])
def test_an_unknown_section_is_named(file: Path, section: str) -> None:
    """Else all that stands in it would be ignored silently."""
    assert f"unknown section [{section}]" in refused(file, f"[{section}]\narch_timeout = 60\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kiwi_build = perhaps", "yes or no"),
        ("arch_timeout = 6h", "a whole number"),
        ("infra_retries = 1.5", "a whole number"),
        ("infra_retries =", "a whole number"),
        ("infra_retries", "a whole number"),
        ("infra_retries = -1", "0 or more"),
        ("arch_weight = inf", "0 or more"),
        ("arch_weight = heavy", "a number"),
        ("arch_weight = nan", "0 or more"),
        ("arch_weight = -4", "0 or more"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(file: Path, line: str, expected: str) -> None:
    said = refused(file, f"[image_build_local]\n{line}\n")

    assert line.split(maxsplit=1)[0] in said
    assert expected in said


@pytest.mark.parametrize(
    "text", ["arch_timeout = 60\n", "[image_build_local\n", "[image_build_local]\na = 1\na = 2\n"]
)
def test_what_is_no_configuration_file(file: Path, text: str) -> None:
    refused(file, text)


def test_a_file_that_is_no_text(file: Path) -> None:
    file.write_bytes(b"[image_build_local]\n# \xff\n")

    with pytest.raises(Misconfigured, match="utf-8"):
        configuration.hub()


def test_a_file_that_cannot_be_read_is_not_taken_for_none(file: Path) -> None:
    file.mkdir()

    with pytest.raises(Misconfigured, match="Is a directory"):
        configuration.hub()


@pytest.mark.parametrize(
    ("sample", "read", "kind"),
    [
        ("hub", configuration.hub, HubConfiguration),
        ("builder", configuration.builder, BuilderConfiguration),
    ],
)
def test_the_sample_shows_every_key_with_its_default(
    file: Path, sample: str, read: Callable[[], object], kind: type
) -> None:
    path = Path(__file__).parents[3] / "packaging" / f"{sample}-image_build_local.conf"
    file.write_text(path.read_text())
    shown = configparser.ConfigParser()
    shown.read(path)

    assert read() == kind()
    assert list(shown["image_build_local"]) == [field.name for field in fields(kind)]


def test_a_name_cannot_be_empty(file: Path) -> None:
    file.write_text("[image_build_local]\npermission =\n")

    with pytest.raises(Misconfigured, match="permission: expected a name"):
        configuration.hub()


OWN = "_koji_plugin__image_build_local"


def test_without_kojis_own_plugin_all_is_well() -> None:
    configuration.refuse_rivals(OWN, HubConfiguration())


@pytest.mark.parametrize("rival", ["kiwi", "image_builder"])
def test_beside_a_plugin_with_the_same_call_the_line_to_change_is_named(
    monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    monkeypatch.setitem(sys.modules, f"_koji_plugin__{rival}", ModuleType(rival))

    with pytest.raises(Misconfigured) as caught:
        configuration.refuse_rivals(OWN, HubConfiguration())

    assert f"{rival} and image_build_local are both enabled" in caught.value.what
    assert f"{rival}_build = no" in caught.value.repair


@pytest.mark.parametrize("rival", ["kiwi", "image_builder"])
def test_beside_such_a_plugin_its_call_can_be_left_to_it(
    monkeypatch: pytest.MonkeyPatch, rival: str
) -> None:
    monkeypatch.setitem(sys.modules, f"_koji_plugin__{rival}", ModuleType(rival))

    configuration.refuse_rivals(OWN, replace(HubConfiguration(), **{f"{rival}_build": False}))


def test_a_module_that_is_called_kiwi_is_no_rival(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kiwi", ModuleType("kiwi"))

    configuration.refuse_rivals(OWN, HubConfiguration())

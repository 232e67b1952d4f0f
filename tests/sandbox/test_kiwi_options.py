"""What is asked of kiwi arrives in the description and in the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from .described import SHELL, tiny
from .image import build_all

if TYPE_CHECKING:
    from tarfile import TarFile

    from .image import Image
    from .under_test import Koji

#: Of all attributes, one that any type may have and that takes any text.
ATTRIBUTE = "fsmountoptions"
TEXT = "x-label=a, b {c} $d"
#: Writes down all that kiwi tells a script.
TYPES = '<type image="tbz"/><type image="docker"><containerconfig name="options"/></type>'
CONFIG_SH = "#!/bin/bash\ncp /.profile /etc/told\n"


@pytest.fixture(scope="module")
def images(
    koji: Koji, descriptions: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Image, ...]:
    """See the fixtures below; they are built at the same time."""
    folder = tmp_path_factory.mktemp("options")
    text = tiny(version="1.2.3", types=TYPES, packages=SHELL, more="<!-- a comment -->")
    (folder / "options.kiwi").write_text(text)
    (folder / "config.sh").write_text(CONFIG_SH)
    (folder / "config.sh").chmod(0o755)
    options = (
        "--type=tbz",
        "--type=docker",
        "--name=renamed",
        "--version=7.8",
        "--release=9.test",
        "--bundle-format=%N_%v_%I_%A",
        f"--type-attr={ATTRIBUTE}={TEXT}",
        "--type-attr=devicepersistency=by-label",
        "--releasever=42",
    )
    commands = (
        (koji.publish(folder, "options"), "options.kiwi", *options),
        (descriptions, "tiny/tiny.kiwi", "--type=tbz"),
        (descriptions, "tiny/tiny-eln.kiwi", "--make-prep"),
    )
    return tuple(build_all(koji, [("--scratch", koji.target, *words) for words in commands]))


@pytest.fixture(scope="module")
def asked(images: tuple[Image, ...]) -> Image:
    """A description with everything that has an option replaced by it."""
    return images[0]


@pytest.fixture(scope="module")
def tinies(images: tuple[Image, ...]) -> tuple[Image, ...]:
    """Both descriptions of one folder; the second after ``make prep``."""
    return images[1:]


def _told(root: TarFile) -> dict[str, str]:
    """kiwi's variables as config.sh saw them."""
    text = root.extractfile("etc/told").read().decode()
    pairs = (line.partition("=") for line in text.splitlines())
    return {key: value.strip("'") for key, _, value in pairs}


@pytest.fixture(scope="module")
def told(koji: Koji, asked: Image) -> dict[str, str]:
    with asked.tar(f"_{koji.arch}.tar.xz") as root:
        return _told(root)


def test_name_version_and_release_are_those_asked_for(asked: Image, told: dict[str, str]) -> None:
    assert asked.nvr == "renamed-7.8-9.test"
    assert (told["kiwi_iname"], told["kiwi_iversion"]) == ("renamed", "7.8")
    root = etree.fromstring(asked.text(".kiwi.xml").encode())
    assert root.get("name") == "renamed"
    assert [element.text for element in root.iter("version")] == ["7.8"]
    assert [str(comment) for comment in root.iter(etree.Comment)] == ["<!-- a comment -->"]


def test_the_bundle_format_gives_the_names(koji: Koji, asked: Image) -> None:
    stem = f"renamed_7.8_9.test_{koji.arch}"
    ours = {f"{asked.nvr}.{koji.arch}{end}" for end in (".kiwi.xml", ".image-build.json")}
    assert all(name.startswith(stem) for name in set(asked.files) - ours)
    assert asked.text(f"{koji.arch}.tar.xz.sha256").split()[1] == f"{stem}.tar.xz"


def test_type_attributes_arrive_in_kiwis_description(told: dict[str, str]) -> None:
    assert told[f"kiwi_{ATTRIBUTE}"] == TEXT
    assert told["kiwi_devicepersistency"] == "by-label"


def test_types_are_prepared_one_by_one_where_sharing_would_change_them(
    asked: Image, told: dict[str, str]
) -> None:
    """Attributes were given: kiwi sets those for one type."""
    prepares = [name for name in sorted(asked.logs) if "prepare" in name]
    assert prepares == ["20-kiwi-prepare-docker.log", "21-kiwi-prepare-tbz.log"]
    with asked.docker_root() as root:
        docker = _told(root)
    assert (told["kiwi_type"], docker["kiwi_type"]) == ("tbz", "docker")
    assert docker[f"kiwi_{ATTRIBUTE}"] == TEXT


def test_the_releasever_arrives_at_dnf(asked: Image) -> None:
    assert " --releasever=42 " in asked.log("21-kiwi-prepare-tbz.log")


def test_the_document_has_all_that_was_asked(asked: Image) -> None:
    options = asked.json()["asked"]["options"]
    assert options["scratch"] is True
    assert options["type"] == ["tbz", "docker"]
    assert options["type_attr"] == [f"{ATTRIBUTE}={TEXT}", "devicepersistency=by-label"]
    assert (options["name"], options["version"], options["release"]) == (
        "renamed",
        "7.8",
        "9.test",
    )


def test_of_two_descriptions_in_a_folder_the_named_one_is_built(tinies: tuple[Image, ...]) -> None:
    names = [image.nvr.rpartition("-")[0] for image in tinies]
    assert names == ["tiny-1.0", "tiny-eln-2.0"]


def test_includes_inside_included_files_are_resolved(tinies: tuple[Image, ...]) -> None:
    """kiwi itself refuses them."""
    _, eln = tinies
    root = etree.fromstring(eln.text(".kiwi.xml").encode())
    assert root.find("repository/source").get("path").startswith("https://repositories.example")
    assert [package.get("name") for package in root.iterfind("packages/package")] == [
        name for name, *_ in eln.packages
    ]


def test_make_prep_runs_before_kiwi_and_only_when_asked_for(tinies: tuple[Image, ...]) -> None:
    without, prepared = tinies
    with without.tar(".tar.xz") as archive:
        assert "etc/tiny-prepared" not in archive.getnames()
    with prepared.tar(".tar.xz") as archive:
        text = archive.extractfile("etc/tiny-prepared").read()
    assert text == b"prepared by make\n"
    assert "make prep" in [step["step"] for step in prepared.json()["steps"]]

"""Images that register: the activation key is the builder's, is in the image, and nowhere else.

No registry has image-builder and osbuild, so minidist has stand-ins for them; see tests/contract.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import koji as koji_library
import pytest

from koji_imagebuild.adapters.configuration import BUILDER_VARIABLE

from .batch import end
from .image import Image, build
from .under_test import json_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .laptop import Laptop
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

KEY = "open-sesame-4711"
OTHER_KEY = "shibboleth-4711"
FILE = "etc/osbuild-subscription-register.env"
WORDS = ("generic-container", "--distro=minidist-1", "--registrations=rhel")


def write(folder: Path, key: str, mode: int = 0o600) -> None:
    subscription = {"organization": "1234567", "activation_key": key, "rhc": True}
    path = folder / "rhel.json"
    path.touch()
    path.chmod(mode)
    path.write_text(json.dumps({"redhat": {"subscription": subscription}}))


@pytest.fixture(scope="module")
def folder(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The builder's registrations."""
    made = tmp_path_factory.mktemp("registrations")
    write(made, KEY)
    koji.machine.kill_builder()
    koji.machine.start_builder({"registrations": str(made)})
    yield made
    koji.machine.kill_builder()
    koji.machine.start_builder()


@pytest.fixture(scope="module")
def first(koji: Koji, folder: Path) -> Image:
    assert (folder / "rhel.json").exists()
    return build(koji, koji.target, "minidist-Raw", "11", *WORDS, tool="image-builder")


@pytest.fixture
def other_key(folder: Path) -> Iterator[None]:
    write(folder, OTHER_KEY)
    yield
    write(folder, KEY)


def rebuild(koji: Koji, task: int, *words: str) -> Image:
    ran = koji.run("image-rebuild-local", "--wait", "--json", *words, str(task), status=None)
    return Image(koji, ran, json_of(ran))


def the_error(image: Image) -> str:
    assert image.document["state"] == "FAILED"
    return str(image.document["arches"][image.koji.arch]["error"])


def spellings(key: str) -> Iterator[str]:
    """The key, and what of it is in base64 wherever it stands in a text."""
    yield key
    for before in range(3):
        whole = base64.b64encode(b"." * before + key.encode()).decode()
        yield whole[(0, 2, 3)[before] : (before + len(key)) // 3 * 4]


def holders(folder: Path) -> set[str]:
    """Names of files below a folder that hold one of the keys; images do."""
    words = [f"--regexp={each}" for key in (KEY, OTHER_KEY) for each in spellings(key)]
    done = subprocess.run(
        (
            "grep",
            "--recursive",
            "--text",
            "--fixed-strings",
            "--files-with-matches",
            *words,
            folder,
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return {Path(line).name for line in done.stdout.splitlines()}


def test_the_image_has_the_key(first: Image) -> None:
    image = first.read(first.one(".tar"))

    assert f"ORG_ID=1234567\nACTIVATION_KEY={KEY}".encode() in image
    assert f"./{FILE}".encode() in image


def test_the_request_and_the_records_have_the_name(koji: Koji, first: Image) -> None:
    for asked in (first.json(), first.json_of_the_build):
        assert asked["asked"]["options"]["registrations"] == "rhel"
    assert koji.session().getTaskRequest(first.child)[-1]["registrations"] == "rhel"


def test_the_manifest_that_is_kept_has_a_mark_in_its_place(first: Image) -> None:
    manifest = json.loads(first.text(".osbuild-manifest.json"))

    (item,) = manifest["sources"]["org.osbuild.inline"]["items"].values()
    assert item["data"] == "(withheld: registrations)"


def test_it_is_built_again_with_the_same_key(koji: Koji, first: Image) -> None:
    again = rebuild(koji, first.task)

    assert again.document["state"] == "CLOSED"
    (compared,) = (arch["compared"] for arch in again.json_of_the_build["arches"].values())
    assert (compared["same_manifest"], compared["same_packages"]) == (True, True)
    assert f"ACTIVATION_KEY={KEY}".encode() in again.read(again.one(".tar"))


@pytest.mark.usefixtures("other_key")
def test_it_is_not_built_again_with_another_key(koji: Koji, first: Image) -> None:
    failed = rebuild(koji, first.task, "--scratch")

    assert f"{first.one('.osbuild-manifest.json')} is of an image with other" in the_error(failed)
    assert "koji image-rebuild-local --fresh-repo" in the_error(failed)
    fresh = rebuild(koji, first.task, "--scratch", "--fresh-repo")
    assert f"ACTIVATION_KEY={OTHER_KEY}".encode() in fresh.read(fresh.one(".tar"))


def scratch(koji: Koji, kind: str = "generic-container", fault: str = "", **opts: object) -> str:
    """How the arch of an image-builder build fails."""
    source = {
        "name": "minidist-Raw",
        "version": "0",
        "types": [kind],
        "blueprint": {"description": f"fault: {fault}"},
    }
    asked = {"scratch": True, "distro": "minidist-1", "registrations": "rhel", **opts}
    task = koji.session().imageBuildLocal(koji.target, [], "image-builder", source, asked)
    (arch,) = end(koji, task).arches
    assert arch.state == "FAILED"
    return arch.text


def test_what_the_builder_does_not_have(koji: Koji, folder: Path) -> None:
    text = scratch(koji, registrations="sles")

    assert text.startswith("There are no registrations called sles on ")
    assert f"{folder}/sles.json does not exist" in text


def test_what_others_can_read(koji: Koji, folder: Path) -> None:
    write(folder, KEY, 0o644)
    try:
        text = scratch(koji)
    finally:
        write(folder, KEY)

    assert f"chmod 600 {folder}/rhel.json" in text


@pytest.mark.usefixtures("folder")
def test_a_type_that_does_not_register(koji: Koji) -> None:
    text = scratch(koji, kind="minimal-installer")

    assert text.startswith("image-builder puts no registrations into minimal-installer")


@pytest.mark.parametrize(
    "value", [{"redhat": {"subscription": {"key": KEY}}}, f'{{"key": "{KEY}"}}']
)
def test_a_secret_in_a_request_is_refused_and_not_repeated(koji: Koji, value: object) -> None:
    source = {"name": "minidist-Raw", "version": "0", "types": ["generic-container"]}
    asked = (koji.target, [], "image-builder", source, {"registrations": value})

    with pytest.raises(koji_library.GenericError, match=r"opts\.registrations: expected") as caught:
        koji.session().imageBuildLocal(*asked)

    assert KEY not in str(caught.value)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("fault", ["manifest-truncated", "stage-fails", "traceback", "result-cut"])
def test_a_failure_tells_no_key(koji: Koji, fault: str) -> None:
    """What it leaves is looked at below."""
    assert KEY not in scratch(koji, fault=fault)


def test_a_manifest_that_was_kept(koji: Koji, first: Image, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(first.text(".osbuild-manifest.json"))
    words = (koji.target, "minidist-Raw", "12", str(path), "--scratch")

    refused = koji.run("image-build-local", "manifest", *words, status=2)
    made = build(koji, *words, "--registrations=rhel", tool="manifest")

    says = "error: m.json was kept without the registrations that its image has"
    assert refused.err.startswith(says)
    assert f"ACTIVATION_KEY={KEY}".encode() in made.read(made.one(".tar"))


def rebuild_here(
    koji: Koji, machine: Laptop, folder: Path, task: int
) -> tuple[subprocess.CompletedProcess[str], Mapping[str, Any]]:
    conf = folder / "builder.conf"
    conf.write_text(f"[image_build_local]\nregistrations = {folder}\n")
    done = subprocess.run(
        koji.command("image-rebuild-local", "--here", str(task), "--json"),
        env={
            **os.environ,
            **koji.environment,
            "XDG_CACHE_HOME": str(machine.home / "cache"),
            BUILDER_VARIABLE: str(conf),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done, json.loads(done.stdout)


def test_on_another_machine(koji: Koji, machine: Laptop, first: Image, tmp_path: Path) -> None:
    without, _ = rebuild_here(koji, machine, tmp_path, first.task)
    write(tmp_path, KEY)
    done, told = rebuild_here(koji, machine, tmp_path, first.task)

    assert f"{tmp_path}/rhel.json does not exist" in without.stdout + without.stderr
    assert done.returncode == 0
    assert told["compared"]["same_manifest"]
    made = Path(told["output"])
    (image,) = made.glob("*.tar")
    assert f"ACTIVATION_KEY={KEY}".encode() in image.read_bytes()
    assert holders(made) == {image.name}


def test_nothing_but_images_has_a_key(koji: Koji, first: Image) -> None:
    """Neither what the hub keeps and says, nor what is left on the builder; all of this file."""
    koji.settle()
    folder = koji.machine.roots.parents[1]

    assert first.one(".tar") in holders(folder)
    assert [name for name in holders(folder) if not name.endswith(".tar")] == []
    assert KEY not in first.ran.text

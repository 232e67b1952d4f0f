"""What the builder fetches, because build roots reach no registry: container images, a commit."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests import registry as registries
from tests.unit.adapters.repositories import served

from .batch import Asked, Ended, end, submit
from .described import SHELL, tiny
from .image import Image, build
from .under_test import json_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .under_test import Koji

pytestmark = [
    pytest.mark.usefixtures("nothing_left"),
    pytest.mark.skipif(
        not (shutil.which("skopeo") and shutil.which("ostree")), reason="needs skopeo and ostree"
    ),
]

FILES = {"etc/tool": b"a tool\n"}
#: What is beside the description goes into the image, where its script looks at it.
FILE = '<packages type="image"><file name="tools.oci.tar" target="/var/lib/tools.tar"/></packages>'
CONFIG_SH = """\
#!/bin/bash
set -e
busybox tar -xOf /var/lib/tools.tar index.json >/etc/tools-index.json
"""


@pytest.fixture(scope="module")
def registry(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> Iterator[registries.Registry]:
    """A registry that the builder is configured for; it wants to know who asks."""
    folder = tmp_path_factory.mktemp("registry")
    with registries.running() as running:
        running.login = True
        (folder / "registries.conf").write_text(running.registries_conf)
        (folder / "auth.json").write_text(running.auth_file)
        configuration = {
            "container_registries_conf": str(folder / "registries.conf"),
            "container_auth_file": str(folder / "auth.json"),
            "infra_retries": "0",
            "network": "builder",
        }
        koji.machine.kill_builder()
        koji.machine.start_builder(configuration)
        yield running
        koji.machine.kill_builder()
        koji.machine.start_builder()


@pytest.fixture(scope="module")
def url(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("containers")
    (folder / "x.kiwi").write_text(tiny(packages=SHELL, more=FILE))
    (folder / "config.sh").write_text(CONFIG_SH)
    (folder / "config.sh").chmod(0o755)
    (folder / "taken").mkdir()
    (folder / "taken/x.kiwi").write_text(tiny())
    (folder / "taken/tools.oci.tar").write_text("the description's own\n")
    return koji.publish(folder, "containers")


@pytest.fixture(scope="module")
def image(koji: Koji, registry: registries.Registry, url: str) -> Image:
    registry.push_index("a/tools:1", {"amd64": FILES, "arm64": FILES})
    words = ("--scratch", f"--container={registry.host}/a/tools:1", koji.target, url, "x.kiwi")
    return build(koji, *words)


def test_kiwi_finds_the_archive_beside_the_description(
    registry: registries.Registry, image: Image
) -> None:
    (used,) = image.json()["used"]["containers"]
    with image.tar(".tar.xz") as root:
        index = root.extractfile("etc/tools-index.json")
        assert index is not None
        text = index.read().decode()
        archive = root.extractfile("var/lib/tools.tar")
        with tarfile.open(fileobj=archive) as tools:
            assert "oci-layout" in tools.getnames()
    assert used["manifest"] in text
    assert f'"org.opencontainers.image.ref.name":"{registry.host}/a/tools:1"' in text


def test_the_arch_task_is_told_the_digest(
    koji: Koji, registry: registries.Registry, image: Image
) -> None:
    (used,) = image.json()["used"]["containers"]
    reference = f"{registry.host}/a/tools:1"
    assert used["reference"] == reference
    assert used["digest"] != used["manifest"]
    opts = koji.session().getTaskRequest(image.child)[-1]
    assert opts["containers"] == [f"{reference}@{used['digest']}"]


def test_no_credentials_in_anything_that_is_kept(koji: Koji, image: Image) -> None:
    session = koji.session()
    for task in (image.task, image.child):
        assert registries.PASSWORD not in str(session.getTaskInfo(task, request=True))
        for name in session.listTaskOutput(task):
            text = session.downloadTaskOutput(task, name)
            assert registries.PASSWORD.encode() not in text, name
            assert b"auth.json" not in text, name


def kiwi(koji: Koji, url: str, path: str, *containers: str) -> Ended:
    asked = Asked(path, {"scratch": True, "containers": list(containers)})
    return end(koji, submit(koji, url, asked))


def test_an_unknown_image_is_refused_before_an_arch_is_asked(
    koji: Koji, registry: registries.Registry, url: str
) -> None:
    ended = kiwi(koji, url, "x.kiwi", f"{registry.host}/nothing:1")

    assert ended.text.startswith(f"There is no container image {registry.host}/nothing:1")
    assert ended.arches == ()


def test_another_arch_is_refused_before_an_arch_is_asked(
    koji: Koji, registry: registries.Registry, url: str
) -> None:
    registry.push("foreign:1", FILES, arch="mips64")

    ended = kiwi(koji, url, "x.kiwi", f"{registry.host}/foreign:1")

    assert "is there for mips64, not for" in ended.text
    assert ended.arches == ()


def test_a_file_of_the_description_is_not_written_over(
    koji: Koji, registry: registries.Registry, url: str
) -> None:
    registry.push("tools:1", FILES, arch=None)

    ended = kiwi(koji, url, "taken/x.kiwi", f"{registry.host}/tools:1")

    assert "tools.oci.tar is in the way" in ended.arches[0].text


def test_a_registry_that_fails_later_is_the_builders_failure(
    koji: Koji, registry: registries.Registry, url: str
) -> None:
    digest = registry.push("gone:1", {"etc/gone": b"gone\n"}, arch=None)
    registry.answers[f"blobs/{registry.layers(digest)[0]}"] = 503

    ended = kiwi(koji, url, "x.kiwi", f"{registry.host}/gone:1")

    (arch,) = ended.arches
    assert f"{registry.host}/gone:1@{digest} could not be fetched" in arch.text
    assert "503" in arch.text


def test_a_cancel_ends_skopeo(koji: Koji, registry: registries.Registry, url: str) -> None:
    registry.push("slow:1", FILES, arch=None)
    with registry.stalled() as stuck:
        asked = Asked("x.kiwi", {"scratch": True, "containers": [f"{registry.host}/slow:1"]})
        task = submit(koji, url, asked)
        assert stuck.wait(60)
        assert koji.machine.running("skopeo")
        koji.run("cancel", str(task))
        koji.wait(task, ("CANCELED",))
        koji.settle()


@pytest.fixture(scope="module")
def bootc(koji: Koji, registry: registries.Registry) -> Image:
    registry.push_index("os/minimal:44", {"amd64": FILES, "arm64": FILES})
    reference = f"{registry.host}/os/minimal:44"
    words = ("--scratch", "--bootc-ref", reference, koji.target, "minidist-Raw", "1", "raw")
    return build(koji, *words, tool="image-builder")


def test_image_builder_finds_the_image_in_the_build_roots_storage(
    koji: Koji, registry: registries.Registry, bootc: Image
) -> None:
    (used,) = bootc.json(f"{koji.arch}.image-build.json")["used"]["containers"]
    reference = f"{registry.host}/os/minimal:44"
    assert used["reference"] == reference
    told = koji.session().getTaskRequest(bootc.child)[-1]["bootc"]
    assert told == {"ref": f"{reference}@{used['digest']}"}
    assert "org.osbuild.containers-storage" in bootc.text("osbuild-manifest.json")


def test_a_rebuild_from_the_manifest_has_the_same_image(
    koji: Koji, registry: registries.Registry, bootc: Image
) -> None:
    (used,) = bootc.json(f"{koji.arch}.image-build.json")["used"]["containers"]
    registry.push("os/minimal:44", {"etc/newer": b"newer\n"})

    ran = koji.run("image-rebuild-local", "--all", "--wait", "--json", str(bootc.task))

    again = Image(koji, ran, json_of(ran))
    assert again.json(f"{koji.arch}.image-build.json")["used"]["containers"] == [used]
    request = koji.session().getTaskRequest(again.child)
    (kind,) = request[4]
    assert kind.startswith("manifest:")


def test_image_builder_and_osbuild_have_the_commit_that_the_builder_fetched(
    koji: Koji, tmp_path: Path
) -> None:
    ref, repository = "minidist/parent", tmp_path / "repository"
    (tmp_path / "tree/usr").mkdir(parents=True)
    ostree("init", f"--repo={repository}", "--mode=archive")
    commit = ostree("commit", f"--repo={repository}", "-b", ref, f"--tree=dir={tmp_path / 'tree'}")
    with served(repository) as address:
        url = f"http://{address}"
        words = ("--distro=minidist-1", f"--ostree-url={url}", f"--ostree-parent={ref}")
        more = ("--scratch", koji.target, "minidist-Raw", "1", "iot-commit")
        image = build(koji, *words, *more, tool="image-builder")

    document = image.json(f"{koji.arch}.image-build.json")
    assert document["used"]["ostree"] == [{"url": url, "ref": ref, "commit": commit}]
    assert f'"parent": "{commit}"' in image.text("osbuild-manifest.json")
    assert "ostree commit" in [step["step"] for step in document["steps"]]


def ostree(*words: str) -> str:
    done = subprocess.run(("ostree", *words), capture_output=True, text=True, check=True)
    return done.stdout.strip()

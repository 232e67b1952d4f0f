"""What ``koji image-build-local`` made, read back from the hub as anybody can read it."""

from __future__ import annotations

import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import koji as koji_library

from .under_test import json_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .under_test import Koji, Ran

#: Koji's paths, as they stand below its top address.
PATHS = koji_library.PathInfo(topdir="")


@dataclass(frozen=True)
class Image:
    """A task that ended well.

    :param document: the object of ``--json``
    """

    koji: Koji
    ran: Ran
    document: Mapping[str, Any]

    @property
    def task(self) -> int:
        return int(self.document["task"])

    @property
    def child(self) -> int:
        """The arch task."""
        return int(self.document["arches"][self.koji.arch]["task"])

    @property
    def build(self) -> Mapping[str, Any] | None:
        """The hub's build; a scratch task has none."""
        nvr = self.document["build"]
        return nvr and self.koji.session().getBuild(nvr, strict=True)

    @cached_property
    def nvr(self) -> str:
        """Name, version and release as the arch task got them."""
        request = self.koji.session().getTaskRequest(self.child)
        return "-".join(request[:3])

    @property
    def files(self) -> dict[str, Mapping[str, Any]]:
        """What the arch made, by name, with size and sha256."""
        return {file["name"]: file for file in self.document["arches"][self.koji.arch]["files"]}

    def one(self, suffix: str) -> str:
        """The name of the one file that ends so."""
        (name,) = [name for name in self.files if name.endswith(suffix)]
        return name

    def read(self, name: str) -> bytes:
        """A file of the arch task, by its address: a build's, or a scratch task's."""
        build = self.build
        folder = (
            PATHS.imagebuild(build) if build else f"{PATHS.work()}/{PATHS.taskrelpath(self.child)}"
        )
        return self.koji.download(f"{folder}/{name}")

    def text(self, suffix: str) -> str:
        return self.read(self.one(suffix)).decode()

    def json(self, suffix: str = ".image-build.json") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text(suffix))
        return found

    @property
    def json_of_the_build(self) -> dict[str, Any]:
        """The parent's own document."""
        found: dict[str, Any] = json.loads(self.log_of(self.task, f"{self.nvr}.image-build.json"))
        return found

    def tar(self, suffix: str) -> tarfile.TarFile:
        """An archive among the files, opened."""
        return tarfile.open(fileobj=io.BytesIO(self.read(self.one(suffix))))

    def docker_root(self) -> tarfile.TarFile:
        """The one layer of the docker image, opened."""
        with self.tar(".docker.tar.xz") as archive:
            (manifest,) = json.loads(_content(archive, "manifest.json"))
            (layer,) = manifest["Layers"]
            return tarfile.open(fileobj=io.BytesIO(_content(archive, layer)))

    @property
    def logs(self) -> set[str]:
        """Names of the arch task's logs."""
        output = self.koji.session().listTaskOutput(self.child)
        return {name for name in output if name.endswith(".log")}

    def log(self, name: str) -> str:
        """A log of the arch task."""
        return self.log_of(self.child, name)

    def log_of(self, task: int, name: str) -> str:
        return self.koji.download(f"{PATHS.work()}/{PATHS.taskrelpath(task)}/{name}").decode()

    @property
    def packages(self) -> list[list[str]]:
        """The lines of kiwi's list of packages: name, epoch, version, release, arch and more."""
        return [line.split("|") for line in self.text(".packages").splitlines()]


def _content(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


def build(koji: Koji, *words: str, tool: str = "kiwi") -> Image:
    """``koji image-build-local`` up to its end, which must be a good one."""
    ran = koji.run("image-build-local", tool, "--wait", "--json", *words)
    image = Image(koji, ran, json_of(ran))
    assert image.document["state"] == "CLOSED"
    return image


def build_all(koji: Koji, commands: Iterable[Sequence[str]]) -> list[Image]:
    """Several at a time, in the order of the commands."""
    commands = list(commands)
    with ThreadPoolExecutor(len(commands)) as pool:
        return list(pool.map(lambda words: build(koji, *words), commands))

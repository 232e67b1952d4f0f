"""What the builder put into the build root, as each tool finds it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from koji_imagebuild.errors import DescriptionError, RequestError
from koji_imagebuild.model.container import Container
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.ostree import OSTreeSource
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.tools import side_loaded
from koji_imagebuild.tools.image_builder import arguments, preparation
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource
from koji_imagebuild.tools.image_builder.content import Bootc, OSTree
from koji_imagebuild.tools.image_builder.tool import ImageBuilder
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.preparation import place_containers
from koji_imagebuild.tools.kiwi.tool import Kiwi
from koji_imagebuild.tools.layout import WORK, Layout

PIN = "sha256:" + "0" * 64
TOOLS = Container("h.example/a/tools", "1", PIN)
SYSTEM = Container("h.example/os/system", "44", PIN)
URL = "http://127.0.0.1:1/repo?a&b|c"
MIRRORED = Path(preparation.__file__).with_name("mirrored.sh")


@dataclass(frozen=True)
class Root:
    """A build root with the job's folder."""

    top: Path
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout(self.top))
        self.work.mkdir(parents=True)

    @property
    def work(self) -> Path:
        return self.layout.on_builder(WORK)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def job(tool: Any, *containers: Container) -> ArchJob[Any]:
    target = Target("demo", 2, "demo-build", 3, "demo-candidate")
    options = BuildOptions(containers=containers)
    repo = RepoInfo(7, 12, "demo-build")
    return ArchJob(NVR("demo", "1", "2"), "x86_64", target, repo, tool, options, Repo("http://h/r"))


def image_builder(*types: str, **options: Any) -> ImageBuilder:
    source = ImageBuilderSource("demo", "1", types or ("raw",))
    return ImageBuilder(source, ImageBuilderOptions(**options))


def kiwi() -> Kiwi:
    return Kiwi(KiwiSource(Location(url="git+https://h/r#main"), "x.kiwi"), KiwiOptions())


def test_what_is_named_twice_is_fetched_once() -> None:
    tool = image_builder(bootc=Bootc(SYSTEM, TOOLS))

    assert side_loaded.containers(job(tool, TOOLS)) == (TOOLS, SYSTEM)


def test_each_is_loaded_under_its_name_in_the_registry() -> None:
    commands = side_loaded.into_storage(job(image_builder(bootc=Bootc(SYSTEM)), TOOLS), WORK)

    assert [command.argv[-2:] for command in commands] == [
        (f"{WORK}/containers/0.tar", "h.example/a/tools:1"),
        (f"{WORK}/containers/1.tar", "h.example/os/system:44"),
    ]
    assert [command.log for command in commands] == [
        "07-load-container-0.log",
        "07-load-container-1.log",
    ]


def test_a_build_root_without_skopeo_says_so(root: Root) -> None:
    (command,) = side_loaded.into_storage(job(image_builder(), TOOLS), WORK)
    words = command.argv[command.argv.index("-c") - 1 :]

    done = subprocess.run(
        words, env={"PATH": str(root.work)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stdout.startswith("error: the build root has no skopeo")


def test_image_builder_is_told_the_names_of_the_build_root() -> None:
    tool = image_builder(bootc=Bootc(SYSTEM, None, TOOLS))
    command = arguments.manifest(
        job(tool), tool.options, "raw", arguments.Files(PurePosixPath("/w")), 0
    )

    assert "--bootc-ref=h.example/os/system:44" in command.argv
    assert "--bootc-installer-payload-ref=h.example/a/tools:1" in command.argv
    assert PIN not in " ".join(command.argv)


def test_pins_take_the_places_of_references() -> None:
    asked = (Container("h.example/os/system", "44"), Container("h.example/a/tools", "1"))
    tool = image_builder(bootc=Bootc(asked[0], None, asked[1], "xfs"))

    pinned = tool.with_containers((SYSTEM, TOOLS))

    assert tool.containers == asked
    assert pinned.options.bootc == Bootc(SYSTEM, None, TOOLS, "xfs")


def test_kiwi_finds_them_beside_the_description(root: Root) -> None:
    (root.work / "containers").mkdir()
    (root.work / "containers/0.tar").write_text("an archive")
    described = root.work / "source/x"
    described.mkdir(parents=True)

    place_containers(job(kiwi(), TOOLS), root.layout, described)

    assert (described / "tools.oci.tar").read_text() == "an archive"
    with pytest.raises(DescriptionError, match=r"tools\.oci\.tar is in the way"):
        place_containers(job(kiwi(), TOOLS), root.layout, described)


def test_a_link_of_the_description_is_not_followed(root: Root) -> None:
    (root.work / "containers").mkdir()
    (root.work / "containers/0.tar").write_text("an archive")
    described = root.work / "source"
    described.mkdir()
    (described / "tools.oci.tar").symlink_to(root.work / "outside")

    with pytest.raises(DescriptionError, match="is in the way"):
        place_containers(job(kiwi(), TOOLS), root.layout, described)

    assert not (root.work / "outside").exists()


def test_kiwi_takes_no_two_that_would_be_one_file() -> None:
    other = Container("h.example/b/tools", "2")

    with pytest.raises(RequestError, match=r"two would be the file tools\.oci\.tar"):
        kiwi().check_options(BuildOptions(containers=(TOOLS, other)))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (OSTree(URL, "f/$basearch/iot"), OSTreeSource(URL, "f/x86_64/iot")),
        (OSTree(URL, "f/$basearch/iot", "f/parent"), OSTreeSource(URL, "f/parent")),
        (OSTree(URL), None),
        (OSTree(None, "f/iot"), None),
    ],
)
def test_the_commit_that_image_builder_needs(asked: OSTree, wanted: OSTreeSource | None) -> None:
    assert image_builder(ostree=asked).commit("x86_64") == wanted


def test_a_fetched_commit_lies_in_osbuilds_store(root: Root) -> None:
    tool = image_builder(ostree=OSTree(URL, "f/iot"))
    fetched = root.layout.on_builder(side_loaded.repository(WORK))
    fetched.mkdir()
    (fetched / "config").write_text("[core]\n")

    preparation.take_commit(root.layout)
    files = preparation.files(tool.source, root.layout, root.work)

    repository = f"{WORK}/osbuild/store/sources/org.osbuild.ostree/repo"
    assert (root.top / repository.lstrip("/") / "config").exists()
    argv = arguments.manifest(job(tool), tool.options, "raw", files, 0).argv
    script = argv.index(f"{WORK}/image-builder/mirrored.sh")
    assert argv[script + 1 : script + 3] == (repository, URL)
    assert not [word for word in argv if word.startswith("--ostree-url")]


def test_without_a_fetched_commit_image_builder_gets_the_address(root: Root) -> None:
    tool = image_builder(ostree=OSTree(URL, "f/iot"))
    preparation.take_commit(root.layout)
    files = preparation.files(tool.source, root.layout, root.work)

    argv = arguments.manifest(job(tool), tool.options, "raw", files, 0).argv

    assert f"--ostree-url={URL}" in argv
    assert "mirrored.sh" not in " ".join(argv)


_STANDS_IN = """\
import sys, urllib.request
(url,) = [w.partition("=")[2] for w in sys.argv if w.startswith("--ostree-url=")]
ref = urllib.request.urlopen(url + "/refs/heads/f/iot").read().decode().strip()
print('{"url": "%s", "commit": "%s"}' % (url, ref))
sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize("status", [0, 3])
def test_a_ref_is_resolved_here_and_the_manifest_has_the_address(root: Root, status: int) -> None:
    """As image-builder resolves it; the web server is ended by the namespace in a build root."""
    script = root.work / "mirrored.sh"
    shutil.copyfile(MIRRORED, script)
    (root.work / "tool.py").write_text(_STANDS_IN)
    (root.work / "repo/refs/heads/f").mkdir(parents=True)
    (root.work / "repo/refs/heads/f/iot").write_text("c0ffee\n")
    tool = ("/usr/bin/python3", root.work / "tool.py", str(status))
    namespace = ("unshare", "--pid", "--fork", "--kill-child")

    done = subprocess.run(
        [*namespace, "sh", script, root.work / "repo", URL, *tool],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (status, f'{{"url": "{URL}", "commit": "c0ffee"}}\n')

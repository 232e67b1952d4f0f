"""``imageBuilderBuildArch`` over the wire: ours both ways, and what koji-image-builder sends."""

from __future__ import annotations

from dataclasses import replace

import koji.xmlrpcplus
import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.container import Container
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.nvr import NVR
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoInfo, Target
from koji_imagebuild.tools.image_builder import arch_task
from koji_imagebuild.tools.image_builder.asked import ImageBuilderOptions, ImageBuilderSource
from koji_imagebuild.tools.image_builder.blueprint import Blueprint
from koji_imagebuild.tools.image_builder.content import Bootc, OSTree
from koji_imagebuild.tools.image_builder.tool import ImageBuilder

REPO = RepoInfo(7, 1284, "minidist-build")
PLAIN = ImageBuilder(
    ImageBuilderSource("minidist-Raw", "1", ("minimal-raw-xz",)), ImageBuilderOptions()
)
FULL = ImageBuilder(
    ImageBuilderSource(
        "minidist-Raw",
        "1",
        ("qcow2", "minimal-raw-xz"),
        Blueprint('{"packages":[{"name":"bash"}]}'),
        Location(url="git+https://h/defs#" + "a" * 40),
        "44",
    ),
    ImageBuilderOptions(
        distro="fedora-44",
        ostree=OSTree("https://h/ostree", "a/b", "c"),
        bootc=Bootc(None, Container("h.x/b", "1"), Container("h.x/c", "1"), "ext4"),
        extra_repos=(Repo("https://h/extra"),),
        seed=2**40,
        preview=True,
        image_size="1 GiB",
    ),
)


def address(repo: RepoInfo, arch: str) -> Repo:
    return Repo(f"http://127.0.0.1/repos/{repo.id}/{arch}")


def job(tool: ImageBuilder) -> ArchJob[ImageBuilder]:
    return ArchJob(
        NVR("minidist-Raw", "1", "3"),
        "x86_64",
        Target("minidist", 2, "minidist-build", 3, "minidist-candidate"),
        REPO,
        tool,
        BuildOptions(scratch=True),
        address(REPO, "x86_64"),
        host_devices=True,
    )


def over_the_wire(one: ArchJob[ImageBuilder]) -> list[object]:
    sent = koji.xmlrpcplus.dumps(
        tuple(arch_task.arguments(one)), methodname=arch_task.METHOD, allow_none=True
    )
    return list(koji.xmlrpcplus.loads(sent)[0])


@pytest.mark.parametrize("tool", [PLAIN, FULL])
@pytest.mark.parametrize("host_devices", [True, False])
def test_a_job_is_the_same_on_both_ends(tool: ImageBuilder, host_devices: bool) -> None:  # noqa: FBT001
    sent = replace(job(tool), host_devices=host_devices)

    assert arch_task.read(over_the_wire(sent), address) == sent


def test_what_pungi_and_older_builders_read() -> None:
    arguments = arch_task.arguments(job(PLAIN))

    assert arguments[:5] == ["minidist-Raw", "1", "3", "x86_64", ["minimal-raw-xz"]]
    assert arguments[6] == {"id": 2, "name": "minidist-build", "extra": {"mock.new_chroot": 0}}
    assert arguments[-1] == {"schema": 1, "scratch": True}


def test_what_koji_image_builders_own_parent_sends() -> None:
    """plugin/builder/image_builder.py, version 12."""
    target = {
        "id": 11,
        "name": "f44",
        "build_tag": 2,
        "build_tag_name": "f44-build",
        "dest_tag": 3,
        "dest_tag_name": "f44-candidate",
    }
    config = {"id": 2, "name": "f44-build", "arches": "x86_64", "extra": {"mock.new_chroot": False}}
    repo = {"id": 7, "create_event": 1284, "state": 1, "dist": False}
    opts = {
        "scratch": False,
        "repos": ["https://h/$arch"],
        "ostree": {"ref": "fedora/44/$arch/iot"},
        "bootc": {"ref": "h.example/minimal:44"},
        "blueprint": {"name": "x"},
        "failable_arches": ["s390x"],
    }

    read = arch_task.read(
        ["Fedora-IoT", "44", "1", "x86_64", ["iot-commit"], target, config, repo, opts], address
    )

    assert read.tool.source.types == ("iot-commit",)
    assert read.tool.options.ostree.ref == "fedora/44/$arch/iot"
    assert read.repos("44") == (Repo("https://h/x86_64"),)
    assert read.host_devices


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (4, ["-v"], "'-v' is not a name"),
        (4, [], "at least one image type"),
        (3, "../x", "arch: '../x' is not an architecture"),
        (8, {"scratch": True, "distor": "x"}, "unknown option 'distor'"),
        (8, {"schema": 2, "scratch": True}, "schema is 2, this plugin reads up to 1"),
    ],
)
def test_what_is_wrong_is_named(place: int, value: object, message: str) -> None:
    arguments = arch_task.arguments(job(PLAIN))
    arguments[place] = value

    with pytest.raises(RequestError, match=message):
        arch_task.read(arguments, address)


def test_where_the_definitions_come_from() -> None:
    given = dict(zip(arch_task.PARAMETERS, arch_task.arguments(job(FULL))))

    assert arch_task.source(given) == "git+https://h/defs#" + "a" * 40
    given = dict(zip(arch_task.PARAMETERS, arch_task.arguments(job(PLAIN))))
    assert arch_task.source(given) == ""

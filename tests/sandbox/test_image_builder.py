"""image-builder's builds: what is kept of them, and what is said when they fail.

No registry has the tools, so minidist has stand-ins for them; see tests/contract.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest

from .batch import Ended, end
from .image import build
from .under_test import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .image import Image
    from .under_test import Koji

pytestmark = pytest.mark.usefixtures("nothing_left")

DISTRO = "minidist-1"
BLUEPRINT = """\
name = "greeting"
[[packages]]
name = "hello"
[[customizations.user]]
name = "visitor"
password = "$6$salt$hash"
"""


@pytest.fixture(scope="module")
def two(koji: Koji, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A disk and a container, by one task, with a blueprint."""
    blueprint = tmp_path_factory.mktemp("blueprint") / "b.toml"
    blueprint.write_text(BLUEPRINT)
    words = (koji.target, "minidist-Raw", "1", "generic-qcow2", "generic-container")
    more = ("--distro", DISTRO, "--blueprint", str(blueprint), "--seed", "7")
    return build(koji, *words, *more, tool="image-builder")


def test_every_file_is_named_after_build_type_and_arch(koji: Koji, two: Image) -> None:
    sidecars = (
        "osbuild-manifest.json",
        "buildroot-build.spdx.json",
        "image-os.spdx.json",
    )
    images = {"generic-qcow2": "qcow2", "generic-container": "tar"}
    expected = {f"{two.nvr}.{koji.arch}.image-build.json"}
    for kind, suffix in images.items():
        ends = (suffix, f"{suffix}.spdx.json", *sidecars)
        expected |= {f"{two.nvr}.{kind}.{koji.arch}.{end}" for end in ends}
    assert set(two.files) == expected


def test_what_image_builder_chose_is_recorded(koji: Koji, two: Image) -> None:
    record = two.json(f"{koji.arch}.image-build.json")

    assert record["used"]["tool_version"].startswith('{"image-builder":{"version":"')
    details = record["used"]["details"]
    assert details["distro"] == DISTRO
    assert details["seed"] == "7"
    assert details["blueprint"] == record["asked"]["source"]["blueprint"]
    for image in details["images"]:
        manifest = f"{two.nvr}.{image['type']}.{koji.arch}.osbuild-manifest.json"
        assert hashlib.sha256(two.read(manifest)).hexdigest() == image["manifest"]
    exports = {image["type"]: (image["export"], image["artifact"]) for image in details["images"]}
    assert exports == {
        "generic-qcow2": ("qcow2", "disk.qcow2"),
        "generic-container": ("container", "container.tar"),
    }


def test_no_hash_of_a_password_is_in_a_record_or_a_log(koji: Koji, two: Image) -> None:
    """The manifest has it: there could be no image without."""
    session = koji.session()
    for task in (two.task, two.child):
        for name in session.listTaskOutput(task):
            if name.endswith((".log", "image-build.json")):
                assert b"$6$salt$hash" not in session.downloadTaskOutput(task, name), name


def test_the_packages_are_those_osbuild_installed(koji: Koji, two: Image) -> None:
    record = two.json(f"{koji.arch}.image-build.json")
    names = {rpm["nvra"].rsplit("-", 2)[0] for rpm in record["rpms"]}
    assert {"hello", "busybox", "minidist-release"} <= names
    assert all(re.fullmatch("[0-9a-f]{32}", rpm["sigmd5"]) for rpm in record["rpms"])
    assert not [rpm for rpm in record["rpms"] if rpm.get("unknown_to_koji")]
    archives = koji.session().listArchives(buildID=two.build["id"])
    (disk,) = [one for one in archives if one["filename"].endswith(".qcow2")]
    known = {rpm["name"] for rpm in koji.session().listRPMs(imageID=disk["id"])}
    assert known == names


def test_the_logs_say_what_was_done(koji: Koji, two: Image) -> None:
    logs = set(koji.session().listTaskOutput(two.child)) | {
        log["name"] for log in koji.session().getBuildLogs(two.build["id"])
    }
    assert {
        "05-probe.log",
        "10-image-builder-generic-qcow2.log",
        "11-image-builder-generic-container.log",
        "30-osbuild-generic-qcow2.log",
        "31-osbuild-generic-container.log",
    } <= logs


def source(*types: str, **more: object) -> dict[str, Any]:
    return {"name": "minidist-Raw", "version": "0", "types": list(types), **more}


def fault(name: str, kind: str = "generic-container") -> dict[str, Any]:
    return source(kind, blueprint={"description": f"fault: {name}"})


DEAD = (
    "Failed in 'resolve packages'\n\n"
    '  error depsolving package sets for "build": DNF error occurred: RepoError: '
)
#: By name: the source, options beside scratch and distro, and how the arch's error begins.
FAILS: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "type": (source("nosuch"), {}, "Failed in 'resolve packages'\n\n  cannot find image for: "),
    "distro": (source("generic-qcow2"), {"distro": "no-1"}, "Failed in 'resolve packages'\n\n"),
    "package": (
        source("generic-qcow2", blueprint={"packages": [{"name": "nosuchpackage"}]}),
        {},
        "Failed in 'resolve packages'\n\n  error depsolving package sets",
    ),
    "ostree": (
        source("generic-qcow2"),
        {"ostree": {"url": "http://127.0.0.1/x"}},
        "Failed in 'resolve packages'\n\n  OSTree is not supported",
    ),
    "dead-repo": (source("generic-qcow2"), {"repos": ["http://127.0.0.1:9/x"]}, DEAD),
    "truncated": (fault("manifest-truncated"), {}, "image-builder's manifest of generic-container"),
    "two-leaves": (fault("two-leaves"), {}, "The manifest does not say what to export"),
    "version": (fault("manifest-version"), {}, "image-builder's manifest of generic-container is"),
    "stage": (fault("stage-fails"), {}, "Failed in "),
    "unknown-stage": (fault("unknown-stage"), {}, "Failed in "),
    "traceback": (fault("traceback"), {}, "Failed in "),
    "wrong-source": (fault("wrong-source"), {}, "Failed in 'download sources'"),
    "export-missing": (fault("export-missing"), {}, "osbuild ended well, but it exported no "),
    "export-double": (fault("export-double"), {}, "The export "),
    "export-symlink": (fault("export-symlink"), {}, "container.tar in the export "),
    "result-cut": (fault("result-cut"), {}, "osbuild's result of "),
}


@pytest.fixture(scope="module")
def failed(koji: Koji) -> dict[str, Ended]:
    session = koji.session()
    tasks = {
        name: session.imageBuildLocal(
            koji.target, [], "image-builder", asked, {"scratch": True, "distro": DISTRO, **opts}
        )
        for name, (asked, opts, _) in FAILS.items()
    }
    return {name: end(koji, task, timeout=400) for name, task in tasks.items()}


@pytest.mark.parametrize("name", FAILS)
def test_what_is_said_when_it_fails(failed: dict[str, Ended], name: str) -> None:
    (arch,) = failed[name].arches

    assert arch.state == "FAILED"
    assert arch.text.startswith(FAILS[name][2])
    assert "Traceback (most recent call last)" not in arch.text


def test_a_failed_build_keeps_its_manifest(koji: Koji, failed: dict[str, Ended]) -> None:
    """It was there before osbuild started, and a rebuild builds from it."""
    (arch,) = failed["stage"].arches
    (name,) = [
        name
        for name in koji.session().listTaskOutput(arch.task)
        if name.endswith(".osbuild-manifest.json")
    ]
    manifest = json.loads(koji.session().downloadTaskOutput(arch.task, name))
    assert manifest["version"] == "2"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"nme": 1}', "b.json: unknown key nme"),
        ('{"customizations": {"hostname": 5}}', "b.json.customizations.hostname: expected string"),
        ('{"name": ', "b.json: "),
    ],
)
def test_a_blueprint_is_read_before_there_is_a_task(
    koji: Koji, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "b.json").write_text(content)
    words = ("image-builder", koji.target, "minidist-Raw", "1", "generic-qcow2")

    ran = koji.run("image-build-local", *words, "--blueprint", "b.json", status=2, folder=tmp_path)

    assert ran.err.startswith(f"error: {says}")
    assert not ran.out


def test_pungis_call(koji: Koji) -> None:
    opts = {"scratch": True, "distro": DISTRO, "seed": 7}
    task = koji.session().imageBuilderBuild(
        koji.target, [koji.arch], types=["minimal-raw-xz"], name="x", version="2", opts=opts
    )

    ended = end(koji, task)

    assert ended.state == "CLOSED"
    (child,) = koji.session().getTaskChildren(task, request=True)
    assert child["method"] == "imageBuilderBuildArch"
    assert child["request"][-1]["scratch"] is True
    (image,) = [
        name
        for name in koji.session().getTaskResult(child["id"])["files"]
        if name.endswith(".raw.xz")
    ]
    assert image == f"x-2-1.{koji.arch}.raw.xz"


def test_a_cancel_ends_osbuild(koji: Koji) -> None:
    task = koji.session().imageBuildLocal(
        koji.target,
        [],
        "image-builder",
        fault("hang"),
        {"scratch": True, "distro": DISTRO},
    )
    child = koji.child(task, koji.arch)
    wait_until(lambda: bool(koji.machine.running("osbuild --store")))

    koji.run("cancel", str(task))

    assert end(koji, task).state == "CANCELED"
    koji.wait(child, ("CANCELED",))
    wait_until(lambda: not koji.machine.running("osbuild --store"))


def test_a_cancel_ends_image_builder_while_it_resolves_packages(koji: Koji) -> None:
    """It waits for a repository that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        repo = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        task = koji.session().imageBuildLocal(
            koji.target,
            [],
            "image-builder",
            source("generic-container"),
            {"scratch": True, "distro": DISTRO, "repos": [repo]},
        )
        with silent.accept()[0]:
            child = koji.child(task, koji.arch)
            assert koji.machine.running("image-builder manifest")

            koji.run("cancel", str(task))

            assert end(koji, task).state == "CANCELED"
            koji.wait(child, ("CANCELED",))
            wait_until(lambda: not koji.machine.running("image-builder manifest"))


def test_an_isolation_that_osbuild_cannot_work_in_is_refused_at_once(
    koji: Koji, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("--koji") == "real" and not shutil.which("systemd-nspawn"):
        pytest.skip("this machine has no systemd-nspawn")
    koji.run("edit-tag", "-x", "mock.new_chroot=1", koji.build_tag, user="admin")
    try:
        asked = source("generic-container")
        task = koji.session().imageBuildLocal(
            koji.target, [], "image-builder", asked, {"scratch": True, "distro": DISTRO}
        )
        (arch,) = end(koji, task).arches
    finally:
        koji.run("edit-tag", "-x", "mock.new_chroot=0", koji.build_tag, user="admin")

    assert arch.text.startswith("osbuild needs bubblewrap, which does not work in the build root")
    assert f"koji edit-tag -x mock.new_chroot=0 {koji.build_tag}" in arch.text
    assert "10-image-builder-generic-container.log" not in koji.session().listTaskOutput(arch.task)

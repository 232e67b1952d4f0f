"""The call of Koji's own kiwi plugin, as Pungi and ``koji kiwi-build`` make it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import koji as koji_library
import pytest

from .image import PATHS
from .under_test import task_of

if TYPE_CHECKING:
    from .under_test import Koji

#: What Pungi sends for everything that its configuration does not set (pungi/phases/kiwibuild.py).
UNSET = dict.fromkeys(
    (
        "optional_arches",
        "profile",
        "release",
        "repos",
        "type",
        "type_attr",
        "result_bundle_name_format",
        "version",
        "repo_releasever",
        "use_buildroot_repo",
    )
)
DESCRIPTION = "tiny/tiny.kiwi"


@dataclass(frozen=True)
class Found:
    """What Pungi finds of a task.

    :param paths: of files, below Koji's top address
    """

    task: int
    child: dict[str, Any]
    result: dict[str, Any]
    paths: tuple[str, ...]

    @property
    def nvr(self) -> str:
        return "{name}-{version}-{release}".format(**self.result)


def look_up(koji: Koji, task: int) -> Found:
    """As pungi/wrappers/kojiwrapper.py, get_image_paths."""
    koji.run("watch-task", str(task))
    session = koji.session()
    (child,) = [
        child
        for child in session.getTaskChildren(task, request=True)
        if child["method"] == "createKiwiImage"
    ]
    assert child["state"] == koji_library.TASK_STATES["CLOSED"]
    result = session.getTaskResult(child["id"])
    if child["request"][-1].get("scratch", False):
        folder = f"{PATHS.work()}/{PATHS.taskrelpath(child['id'])}"
    else:
        found = Found(task, child, result, ())
        assert session.getImageBuild(found.nvr)
        folder = PATHS.imagebuild(result)
    paths = tuple(f"{folder}/{name}" for name in result["files"])
    return Found(task, child, result, paths)


@pytest.fixture(scope="module")
def tasks(koji: Koji, descriptions: str) -> dict[str, int]:
    """A scratch task with nothing but Pungi's defaults, a build with all that Pungi may send."""
    session = koji.session()
    folder = PATHS.repo(session.getRepo(koji.build_tag)["id"], koji.build_tag)
    options = {
        "optional_arches": [koji.arch],
        "profile": None,
        "release": f"20261120.n.{time.time_ns()}",
        "repos": [f"{koji.options()['topurl']}{folder}/$arch"],
        "type": "tbz",
        "type_attr": ["fsmountoptions=a=b"],
        "result_bundle_name_format": "%N-%v-%I.%A",
        "version": "44",
        "repo_releasever": "44",
        "use_buildroot_repo": False,
    }
    unset = {**UNSET, "scratch": True, "make_prep": None, "priority": None}
    what = (koji.target, [koji.arch], descriptions, DESCRIPTION)
    return {
        "unset": session.kiwiBuild(*what, **unset),
        "configured": session.kiwiBuild(*what, **options),
    }


@pytest.fixture(scope="module")
def unset(koji: Koji, tasks: dict[str, int]) -> Found:
    return look_up(koji, tasks["unset"])


@pytest.fixture(scope="module")
def configured(koji: Koji, tasks: dict[str, int]) -> Found:
    return look_up(koji, tasks["configured"])


@pytest.fixture(params=["unset", "configured"])
def pungis(request: pytest.FixtureRequest) -> Found:
    found: Found = request.getfixturevalue(request.param)
    return found


def test_the_result_has_the_keys_that_pungi_reads(koji: Koji, pungis: Found) -> None:
    result = pungis.result
    assert result["arch"] == koji.arch
    assert result["task_id"] == pungis.child["id"]
    assert list(result["files"]) == [name for name in result["files"] if "/" not in name]
    assert {"name", "version", "release", "logs", "rpmlist"} <= set(result)


def test_every_file_is_where_pungi_looks(koji: Koji, pungis: Found) -> None:
    sums = {name: sha256 for name, _, sha256 in pungis.result["sums"]}
    for path in pungis.paths:
        content = koji.download(path)
        assert hashlib.sha256(content).hexdigest() == sums[path.rpartition("/")[2]], path


def test_pungi_finds_one_image_and_no_sidecar_that_looks_like_one(pungis: Found) -> None:
    """By suffix: pungi/phases/image_build.py, EXTENSIONS."""
    suffixes = (".tar.gz", ".tar.xz", ".iso", ".qcow2", ".raw", ".raw.xz", ".vmdk", ".wsl")
    assert len([path for path in pungis.paths if path.endswith(suffixes)]) == 1


def test_what_is_set_is_obeyed(koji: Koji, configured: Found) -> None:
    assert configured.nvr.startswith("tiny-44-20261120.n.")
    assert f"{configured.nvr}.{koji.arch}.tar.xz" in configured.result["files"]
    build = koji.session().getBuild(configured.nvr)
    assert build["task_id"] == configured.task
    assert koji.dest_tag in {tag["name"] for tag in koji.session().listTags(build=build["id"])}


def test_what_is_not_set_is_as_the_description_and_kiwi_say(koji: Koji, unset: Found) -> None:
    name, version, release = unset.nvr.rsplit("-", 2)
    assert (name, version) == ("tiny", "1.0")
    stem = f"{name}.{koji.arch}-{version}-{release}"
    assert f"{stem}.docker.tar.xz" in unset.result["files"]


def test_kojis_own_command_line_plugin_notices_nothing(koji: Koji, descriptions: str) -> None:
    words = ("--scratch", "--nowait", "--kiwi-profile=Disk", "--repo=http://127.0.0.1/$basearch")
    ran = koji.run("kiwi-build", *words, koji.target, descriptions, "minidist/minidist.kiwi")
    task = task_of(ran.out)
    koji.run("cancel", str(task))
    info = koji.session().getTaskInfo(task, request=True)
    assert info["method"] == "kiwiBuild"
    assert info["request"][-1]["repos"] == ["http://127.0.0.1/$basearch"]

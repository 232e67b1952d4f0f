"""Arch tasks over the wire: ours both ways, and what a parent with Koji's own plugin sends."""

from __future__ import annotations

from dataclasses import replace

import koji.xmlrpcplus
import pytest

from koji_imagebuild.errors import RequestError
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.repo import Repo
from koji_imagebuild.model.request import BuildOptions
from koji_imagebuild.model.source import Location
from koji_imagebuild.model.target import RepoChoice
from koji_imagebuild.tools.kiwi import arch_task
from koji_imagebuild.tools.kiwi.asked import KiwiOptions, KiwiSource
from koji_imagebuild.tools.kiwi.tool import Kiwi

from .samples import DIGEST, KIWI, NVR_, REPO, TARGET, UPLOAD, URL, address

USING_IT = BuildOptions(use_buildroot_repo=True)
JOB = ArchJob(NVR_, "x86_64", TARGET, REPO, KIWI, USING_IT, address(REPO, "x86_64"))

#: What ``kiwiBuild`` of Koji's own builder plugin spawns (plugins/builder/kiwi.py:118, 1.35).
KOJIS = [
    "minidist-Disk",
    "1.0.0",
    "3",
    "x86_64",
    {
        "id": 11,
        "name": "minidist",
        "build_tag": 2,
        "build_tag_name": "minidist-build",
        "dest_tag": 3,
        "dest_tag_name": "minidist-candidate",
    },
    2,
    {
        "id": 7,
        "tag_id": 2,
        "tag_name": "minidist-build",
        "create_event": 1284,
        "create_ts": 1763636400.5,
        "state": 1,
        "dist": False,
        "opts": {},
        "custom_opts": None,
        "task_id": 6,
    },
    "git+http://127.0.0.1:8080/scm/descriptions#main",
    "minidist/minidist.kiwi",
    {
        "scratch": False,
        "optional_arches": [],
        "mount_dev": True,
        "profile": "Disk",
        "type": "oem",
        "type_attr": ["format=qcow2"],
        "repos": ["http://h/$basearch"],
        "use_buildroot_repo": True,
        "repo_releasever": "44",
        "make_prep": True,
        "version": "1.0.0",
        "release": "3",
        "result_bundle_name_format": "%N-%v-%I.%A",
    },
]


def over_the_wire(job: ArchJob[Kiwi]) -> list[object]:
    arguments = tuple(arch_task.arguments(job))
    sent = koji.xmlrpcplus.dumps(arguments, methodname="createKiwiImage", allow_none=True)
    return list(koji.xmlrpcplus.loads(sent)[0])


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        replace(JOB, options=BuildOptions(scratch=True, use_buildroot_repo=True)),
        replace(JOB, options=replace(USING_IT, repo=RepoChoice(event=3, builds=("a-1-1",)))),
        replace(JOB, options=BuildOptions(repos=(Repo("http://h/$arch", "metalink", 3),))),
        replace(
            JOB,
            tool=Kiwi(
                KiwiSource(Location(upload=UPLOAD, sha256=DIGEST), "a.kiwi"),
                KiwiOptions(None, ("oem", "docker"), ("a=b",), "%N.%A", "1", "44", make_prep=True),
            ),
        ),
    ],
)
def test_a_job_is_the_same_on_both_ends(job: ArchJob[Kiwi]) -> None:
    assert arch_task.read(over_the_wire(job), address) == job


def test_the_arguments_pungi_and_older_builders_read() -> None:
    arguments = arch_task.arguments(JOB)

    assert arguments[:4] == ["minidist-Disk", "1.0.0", "3", "x86_64"]
    assert arguments[5:9:2] == [2, URL]
    assert arguments[-1] == {
        "schema": 1,
        "scratch": False,
        "profile": "Disk",
        "type": "oem",
        "use_buildroot_repo": True,
    }
    assert len(arguments) == len(arch_task.PARAMETERS)


def test_older_builders_are_told_of_the_only_repository_there_is() -> None:
    """Koji's own plugin uses none unless it is told to."""
    told = arch_task.arguments(replace(JOB, options=BuildOptions()))[-1]
    with_others = replace(JOB, options=BuildOptions(repos=(Repo("http://h/"),)))

    assert isinstance(told, dict)
    assert told["use_buildroot_repo"] is True
    assert "use_buildroot_repo" not in str(arch_task.arguments(with_others)[-1])


@pytest.mark.parametrize(
    ("job", "place", "value"),
    [
        (
            replace(JOB, tool=replace(KIWI, options=KiwiOptions(types=("a", "b")))),
            "type",
            ["a", "b"],
        ),
        (
            replace(JOB, options=BuildOptions(repos=(Repo("http://h/", priority=1),))),
            "repos",
            [{"baseurl": "http://h/", "priority": 1}],
        ),
    ],
)
def test_what_older_builders_cannot_do_fails_there(
    job: ArchJob[Kiwi], place: str, value: object
) -> None:
    """They put strings of these into an argument list, and fail at anything else."""
    opts = arch_task.arguments(job)[-1]

    assert isinstance(opts, dict)
    assert opts[place] == value


def test_a_local_folder_is_no_url_for_older_builders() -> None:
    folder = KiwiSource(Location(upload=UPLOAD, sha256=DIGEST), "a.kiwi")

    url = arch_task.arguments(replace(JOB, tool=replace(KIWI, source=folder)))[7]

    assert str(url).startswith("upload:")


def test_what_kojis_own_parent_sends() -> None:
    job = arch_task.read(KOJIS, address)

    assert (job.nvr, job.arch, job.target, job.repo) == (NVR_, "x86_64", TARGET, REPO)
    assert job.tool.location.url.endswith("#main")
    assert job.tool.options == KiwiOptions(
        "Disk", ("oem",), ("format=qcow2",), "%N-%v-%I.%A", "1.0.0", "44", make_prep=True
    )
    assert job.repos("44") == (
        Repo("http://h/x86_64"),
        Repo("http://127.0.0.1/repos/minidist-build/7/x86_64"),
    )


@pytest.mark.parametrize("last", [[], [None], [{}], [{"scratch": None, "type": None}]])
def test_options_may_be_missing(last: list[object]) -> None:
    job = arch_task.read([*KOJIS[:9], *last], address)

    assert job.options == BuildOptions()
    assert job.tool.options == KiwiOptions()


def changed(place: int, value: object) -> list[object]:
    return [*KOJIS[:place], value, *KOJIS[place + 1 :]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (KOJIS[:8], "createKiwiImage: expected 10 arguments, got 8"),
        ([*KOJIS, 1], "createKiwiImage: expected 10 arguments, got 11"),
        (changed(0, "a/b"), "name: 'a/b' is not a name"),
        (changed(1, "1-0"), "version: '1-0' holds a hyphen"),
        (changed(2, "$(id)"), "release: .* is not a version"),
        (changed(3, "../x"), "arch: '../x' is not an architecture"),
        (changed(4, None), "createKiwiImage.target_info.name is missing"),
        (changed(6, 7), "createKiwiImage.repo_info: expected a struct, got int"),
        (changed(7, "http://h/x"), "source.url: 'http://h/x' is not a Koji SCM URL"),
        (changed(8, "../a.kiwi"), "source.path"),
        (changed(9, {"scratch": 1}), "createKiwiImage.opts.scratch: expected a boolean"),
        (changed(9, {"later": 1}), "createKiwiImage.opts: unknown option 'later'"),
        (changed(9, {"schema": 2}), "createKiwiImage.opts.schema is 2, this plugin reads up to 1"),
    ],
)
def test_what_is_wrong_is_named(values: list[object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        arch_task.read(values, address)


def test_old_builders_are_told_about_devices() -> None:
    told = arch_task.arguments(replace(JOB, host_devices=True))[-1]
    assert isinstance(told, dict)
    assert told["mount_dev"] is True
    assert "mount_dev" not in arch_task.arguments(JOB)[-1]  # type: ignore[operator]

"""A kojid build root: how it is had, filled and given up; where RPMs are from."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import koji
import pytest
import requests

from koji_imagebuild.errors import Infrastructure, PreflightError
from koji_imagebuild.model.job import ArchJob
from koji_imagebuild.model.rpms import Rpm
from koji_imagebuild.model.target import RepoInfo

from .devices import is_attached
from .kojid_root import DEVICES, JOB, NO_DEVICES, kojids
from .settlers import settled

if TYPE_CHECKING:
    from pathlib import Path

    from koji_imagebuild.adapters.buildroot import KojidRoot, KojidRoots

    from .devices import Attach


def test_what_kojid_is_asked_for(root: KojidRoot, tmp_path: Path) -> None:
    broot = kojids(root)

    assert (broot.tag, broot.arch, broot.task_id, broot.repo_id) == (2, "x86_64", 42, 7)
    assert (broot.install_group, broot.setup_dns, broot.bind_opts) == ("kiwi-build", True, None)
    assert (root.id, root.path) == (11, tmp_path / "mock" / "minidist-build-11-7" / "root")
    assert root.logs == ("root.log", "state.log")
    assert root.free_space > 0


def test_the_machines_devices_only_where_the_tag_allows_them(roots: KojidRoots) -> None:
    assert kojids(roots.open(JOB, DEVICES)).bind_opts == {"dirs": {"/dev": "/dev"}}


@pytest.mark.parametrize(
    ("repo", "why"), [(13, r"repo \(13\) is DELETED"), (28, "No space left on device")]
)
def test_no_build_root_to_be_had(roots: KojidRoots, repo: int, why: str) -> None:
    job = ArchJob(**{**vars(JOB), "repo": RepoInfo(repo, 1284, "minidist-build")})

    with pytest.raises(Infrastructure, match=f"No build root could be had.*{why}"):
        roots.open(job, NO_DEVICES)


def test_filling_a_root_is_one_call_of_mock(root: KojidRoot) -> None:
    root.fill()

    broot = kojids(root)
    assert (broot.calls, broot.words) == (1, ["--init"])
    assert broot.session.hub.listed == [(11, [{"name": "bash"}])]


def test_a_root_that_cannot_be_filled_is_explained(root: KojidRoot, tmp_path: Path) -> None:
    broot = kojids(root)
    broot.init_status = 30 << 8
    log = tmp_path / "mock" / "minidist-build-11-7" / "result" / "root.log"
    log.write_text("DEBUG util.py:459:  No match for argument: kiwi-cli\n")

    with pytest.raises(PreflightError, match="packages of its group") as caught:
        root.fill()

    assert caught.value.lines == ("No match for argument: kiwi-cli",)


@pytest.mark.parametrize(
    "problem",
    [
        koji.GenericError("hub offline"),
        koji.AuthError("session expired"),
        requests.exceptions.ConnectionError("refused"),
        ConnectionResetError(),
    ],
)
def test_a_root_is_released_although_the_hub_is_gone(root: KojidRoot, problem: Exception) -> None:
    """In a cancel, calls to the hub fail already."""
    kojids(root).fails = problem

    root.release()

    assert kojids(root).expired == 1


def test_a_root_is_discarded_by_mock(root: KojidRoot) -> None:
    root.discard()

    assert kojids(root).words == ["--clean"]


def test_devices_are_released_before_the_hub_is_told(root: KojidRoot, attach: Attach) -> None:
    device = attach(root.path / "builddir" / "image-build" / "disk.img")
    kojids(root).fails = KeyboardInterrupt()  # type: ignore[assignment]  # a second cancel

    with pytest.raises(KeyboardInterrupt):
        root.release()

    assert not is_attached(device)


@pytest.mark.usefixtures("as_root")
def test_what_a_killed_mock_ran_ends(root: KojidRoot) -> None:
    with settled(root.path) as process:
        root.release()

        assert process.wait(5) == -signal.SIGKILL


def rpm(number: int) -> Rpm:
    return Rpm(f"p{number}", None, "1", "1", "noarch", "", 0, 0)


def test_origins_of_external_rpms(roots: KojidRoots, root: KojidRoot) -> None:
    broot = kojids(root)
    broot.external = {rpm(n).nvra: "epel" for n in range(40)}
    broot.internal = frozenset({rpm(40).nvra})

    found = roots.origins(tuple(rpm(n) for n in range(41)))

    assert found == broot.external
    assert broot.questions == 1


def test_one_rpm_nobody_knows_hides_no_other(roots: KojidRoots, root: KojidRoot) -> None:
    broot = kojids(root)
    broot.external = {rpm(n).nvra: "epel" for n in range(64) if n != 17}

    found = roots.origins(tuple(rpm(n) for n in range(64)))

    assert found == broot.external
    assert broot.questions == 1 + 2 * 6

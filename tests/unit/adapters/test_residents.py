"""Who lives in a build root is found and killed, and nobody else."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.adapters import residents

from .settlers import CHROOT, CONTAINER, settled

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.mark.parametrize("how", [CHROOT, CONTAINER], ids=["chroot", "container"])
def test_it_is_killed(tmp_path: Path, how: str) -> None:
    root = tmp_path / "root"
    with settled(root, how) as process:
        assert residents.end([root], lambda _: True) == (process.pid,)
        assert process.wait(5) == -signal.SIGKILL


def test_who_lives_elsewhere_is_left_alone(tmp_path: Path) -> None:
    asked = []
    with settled(tmp_path / "one") as process, settled(tmp_path / "two"):
        ended = residents.end(
            [tmp_path / "one", tmp_path / "empty"], lambda root: bool(asked.append(root))
        )
        assert ended == ()
        assert asked == [tmp_path / "one"]
        assert process.poll() is None


def test_a_root_that_is_gone_has_nobody(tmp_path: Path) -> None:
    assert residents.end([tmp_path / "gone"], lambda _: True) == ()

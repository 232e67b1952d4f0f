"""The wrapper: what runs in it leaves nothing, and finds a mount point at /."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from koji_imagebuild.tools import contained
from koji_imagebuild.tools.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(str(resources.files("koji_imagebuild.tools"))) / "contained.sh"


@pytest.fixture
def folder(namespaces: None, tmp_path: Path) -> Iterator[Path]:
    """A folder with the wrapper; at the end there is nothing but what a test put there."""
    shutil.copy(SCRIPT, tmp_path)
    yield tmp_path
    assert not list(tmp_path.glob("top.*"))
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", folder / SCRIPT.name, *argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def start(folder: Path, script: str) -> subprocess.Popen[bytes]:
    """Run a script in the wrapper; it has said its first word."""
    process = subprocess.Popen(
        ["/bin/sh", folder / SCRIPT.name, "/bin/sh", "-c", script], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


def test_shellcheck() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run(["shellcheck", "--shell=sh", SCRIPT], check=True)


def test_it_ends_as_its_command(folder: Path) -> None:
    assert run(folder, "sh", "-c", "exit 7").returncode == 7
    assert run(folder, "true").returncode == 0
    assert run(folder, "no-such-command").returncode == 127
    assert run(folder, "sh", "-c", "kill -9 $$").returncode == 128 + signal.SIGKILL


def test_words_stay_words(folder: Path) -> None:
    assert run(folder, "printf", "%s,", "a b", "", "*").stdout == "a b,,*,"


def test_it_takes_all_along(folder: Path) -> None:
    script = f"mount -t tmpfs none {folder}; (sleep 0.3; touch {folder}/woke) & exit 3"
    assert run(folder, "sh", "-c", script).returncode == 3
    time.sleep(0.6)
    assert not (folder / "woke").exists()


def test_slash_is_a_mount_point_with_everything_below_it(folder: Path) -> None:
    seen = run(folder, "sh", "-c", "mountpoint / && mountpoint /proc && mountpoint /sys; echo $$")
    lines = seen.stdout.splitlines()
    assert len(lines) == 4
    assert int(lines[3]) < 20, "processes are counted anew"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(folder: Path, number: signal.Signals) -> None:
    deaf = f'trap "" INT TERM; echo up; sleep 5; touch {folder}/woke; sleep 60'
    with start(folder, deaf) as process:
        process.send_signal(number)
        # Two seconds, after which Koji would have had patience for one more.
        assert process.wait(4.5) == 128 + number
    time.sleep(1)
    assert not (folder / "woke").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_whole_group_hears_of_an_interrupt(folder: Path, number: signal.Signals) -> None:
    heard = folder / "heard"
    # A shell lets its background ignore SIGINT, so the child becomes a program of its own.
    (folder / "child").write_text(
        f"trap 'echo child >>{heard}; exit' INT; echo up; while :; do sleep 0.1; done"
    )
    child = f"env --default-signal=INT /bin/sh {folder}/child & wait"
    parent = f"trap 'echo parent >>{heard}; wait; exit 5' INT; {child}"
    with start(folder, parent) as process:
        told = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == 128 + number
    assert time.monotonic() - told < 4
    assert sorted(heard.read_text().split()) == ["child", "parent"]


def test_process_1_hears_it_as_well(folder: Path) -> None:
    """Koji signals one process after the other, from the innermost on."""
    with start(folder, "trap 'exit 0' INT; echo up; while :; do sleep 0.1; done") as process:
        (unshare,) = children(process.pid)
        (first,) = children(unshare)
        subprocess.run(["kill", "-INT", str(first)], check=True)
        assert process.wait(5) == 128 + signal.SIGINT


def children(pid: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_laid_out(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for name in ("etc", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / ".dockerenv").touch()
    (tmp_path / "run/.containerenv").touch()
    contained.lay_out(layout)
    contained.lay_out(layout)
    assert (tmp_path / "etc/containers").is_dir()
    assert not (tmp_path / ".dockerenv").exists()
    assert not (tmp_path / "run/.containerenv").exists()
    (*_, script) = contained.argv(layout.work)
    assert (tmp_path / script.lstrip("/")).read_bytes() == SCRIPT.read_bytes()


def test_a_root_cannot_lead_out(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for path in (root, outside):
        path.mkdir()
    (root / "etc").symlink_to(outside)
    (root / "run").mkdir()
    with pytest.raises(Exception, match="leads out of the build root"):
        contained.lay_out(Layout(root))
    assert not list(outside.iterdir())


@pytest.fixture
def plain_chroot(folder: Path) -> list[str]:
    """Words that run a command as mock's simple isolation does: / is a folder, no mount point."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    root = folder / "root"
    root.mkdir()
    shutil.copy(SCRIPT, folder)
    shown = "for d in usr bin sbin lib lib64 proc sys dev etc; do [ ! -e /$d ] ||"
    shown += f" {{ mkdir -p {root}/$d; mount --rbind /$d {root}/$d; }}; done"
    inside = f"cd {root}; mkdir -p var/log tmp job; cp {folder}/contained.sh {root}/job"
    return [
        *("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c"),
        f'set -e; {shown}; {inside}; exec chroot {root} "$@"',
        "-",
    ]


def test_bubblewrap_in_a_plain_chroot(plain_chroot: list[str]) -> None:
    """What osbuild needs of it."""
    bubblewrap = ["bwrap", "--unshare-net", "--ro-bind", "/", "/", "true"]
    bare = subprocess.run([*plain_chroot, *bubblewrap], capture_output=True, check=False)
    assert bare.returncode
    assert b"Failed to make / slave: Invalid argument" in bare.stderr
    wrapped = [*plain_chroot, "/bin/sh", "/job/contained.sh", *bubblewrap]
    done = subprocess.run(wrapped, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

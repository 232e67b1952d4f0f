"""What a command sees in a build root: proc, sys, dev, its environment. mock's choices, kept."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from koji_imagebuild.sandbox.root.namespace import (
    CAP_NET_ADMIN,
    CLONE_NEWIPC,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    bind,
    contain,
    drop_capability,
    mount,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# mock's config_opts['environment'] (mockbuild/config.py) without its prompts.
ENVIRONMENT = {
    "TERM": "vt100",
    "SHELL": "/bin/bash",
    "HOME": "/builddir",
    "HOSTNAME": "mock",
    "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
    "LANG": "C.UTF-8",
}

_HIDDEN = MS_NOSUID | MS_NODEV | MS_NOEXEC
_LOOP_DEVICES = 12  # mock's dev_loop_count
_NODES = (
    ("null", 0o666, 1, 3),
    ("zero", 0o666, 1, 5),
    ("full", 0o666, 1, 7),
    ("random", 0o666, 1, 8),
    ("urandom", 0o444, 1, 9),
    ("tty", 0o666, 5, 0),
    ("console", 0o600, 5, 1),
    ("fuse", 0o666, 10, 229),
    ("loop-control", 0o666, 10, 237),
)
_LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
)


@dataclass(frozen=True)
class Isolation:
    """How a build root is shut off.

    :param simple: mock's simple isolation (tag option ``mock.new_chroot`` is off); otherwise what
        systemd-nspawn would forbid is forbidden: configuring networks, which bubblewrap needs
    :param binds: host folder and where the root shows it, as in Koji's ``bind_opts['dirs']``
    """

    simple: bool
    binds: tuple[tuple[str, str], ...] = ()

    @property
    def own_dev(self) -> bool:
        """Koji turns mock's own /dev off as soon as anything is bound (genMockConfig)."""
        return not self.binds


def run(
    root: Path, isolation: Isolation, argv: Sequence[str], cwd: str, environment: Mapping[str, str]
) -> int:
    """Run a command in the root and return its exit status.

    See :func:`namespace.contain`: the calling process is good for nothing else afterwards.
    """

    def enter() -> int:
        os.setsid()
        os.umask(0o022)
        if not isolation.simple:
            drop_capability(CAP_NET_ADMIN)
        os.chroot(root)
        return _execute(argv, cwd, environment)

    return contain(lambda: mount_all(root, isolation), enter, CLONE_NEWIPC)


def run_beside(
    root: Path,
    argv: Sequence[str],
    environment: Mapping[str, str],
    binds: Sequence[tuple[str, str]],
) -> int:
    """Run a command of the host that works on the root, such as dnf, whose scripts want /proc.

    :param binds: host folders that the command finds below the root
    """

    def prepare() -> None:
        mount_all(root, Isolation(simple=True))
        for source, target in binds:
            _show(Path(source), root / target.lstrip("/"))

    return contain(prepare, lambda: _execute(argv, "/", environment))


def _execute(argv: Sequence[str], cwd: str, environment: Mapping[str, str]) -> int:
    try:
        os.chdir(cwd)
        os.execvpe(argv[0], tuple(argv), environment)  # noqa: S606  # the caller's words, no shell
    except OSError as problem:
        os.write(1, f"ERROR: {argv[0]}: {problem.strerror}\n".encode())
    return 127


def mount_all(root: Path, isolation: Isolation) -> None:
    """Mount what a command needs below ``root``; for the current mount namespace only.

    The root itself stays a plain folder and no mount point, as in mock: bubblewrap and buildah
    fail on that, so their callers have to meet it here too.
    """
    for name in ("proc", "sys", "dev"):
        (root / name).mkdir(exist_ok=True)
    mount("proc", root / "proc", "proc", _HIDDEN)
    bind(Path("/sys"), root / "sys", recursive=True, restrict=_HIDDEN)
    if isolation.own_dev:
        _make_dev(root / "dev")
    for source, target in isolation.binds:
        _show(Path(source), root / target.lstrip("/"))


def _show(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    bind(source, target)


def _make_dev(dev: Path) -> None:
    """Make the nodes that mock makes: loop devices, but no nodes for their partitions."""
    mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755")
    before = os.umask(0)
    for name, mode, major, minor in _NODES:
        os.mknod(dev / name, stat.S_IFCHR | mode, os.makedev(major, minor))
    for number in range(_LOOP_DEVICES):
        os.mknod(dev / f"loop{number}", stat.S_IFBLK | 0o660, os.makedev(7, number))
    os.umask(before)
    for name, target in _LINKS:
        (dev / name).symlink_to(target)
    for name, fstype, options in (
        ("shm", "tmpfs", "mode=1777"),
        ("pts", "devpts", "newinstance,gid=5,mode=0620,ptmxmode=0666"),
    ):
        (dev / name).mkdir()
        mount(fstype, dev / name, fstype, MS_NOSUID | MS_NOEXEC, options)
